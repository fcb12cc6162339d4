//! A console that was made for this process alone, from the start menu or at login, is closed. One of a terminal is shared
//! with its shell, and stays. From Windows 11 24H2 on none is made in the first place: the manifest says so.

use std::ptr;

use windows_sys::Win32::System::Console::{
    FreeConsole, GetConsoleMode, GetConsoleProcessList, GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE,
    STD_OUTPUT_HANDLE, SetStdHandle,
};

pub(super) fn close_own() {
    if processes() != 1 {
        return;
    }
    let streams = [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE].into_iter();
    let of_the_console: Vec<u32> = streams.filter(|stream| is_console(*stream)).collect();
    // SAFETY: it takes nothing.
    #[allow(unsafe_code)]
    unsafe {
        FreeConsole();
    }
    // That has closed the handles and left their numbers in place, which the next files that are opened get. Without
    // these, Rust takes what is printed as printed, and starts other programs without them.
    for stream in of_the_console {
        // SAFETY: it stores the value, which stands for no handle.
        #[allow(unsafe_code)]
        unsafe {
            SetStdHandle(stream, ptr::null_mut());
        }
    }
}

/// How many processes share the console: 0 without one, and no more than 2.
fn processes() -> u32 {
    let mut two = [0u32; 2];
    // SAFETY: it writes no more process numbers than the length that it is given, which is the array's.
    #[allow(unsafe_code)]
    let sharing = unsafe { GetConsoleProcessList(two.as_mut_ptr(), 2) };
    sharing.min(2)
}

fn is_console(stream: u32) -> bool {
    let mut mode = 0;
    // SAFETY: both take any value for a handle, and the second writes the mode into the variable it is given.
    #[allow(unsafe_code)]
    unsafe {
        GetConsoleMode(GetStdHandle(stream), &raw mut mode) != 0
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::fs::{self, File};
    use std::io::{self, Write};
    use std::path::PathBuf;
    use std::process::{Command, Stdio};

    use super::{close_own, processes};

    /// Where the process without a console says what it saw.
    const FOLDER: &str = "LINODE_BANDWIDTH_TEST_FOLDER";

    #[test]
    fn a_process_that_let_its_console_go_starts_others_and_logs_into_no_file() {
        let folder = tempfile::tempdir().unwrap();
        // With a console of its own, as from the start menu.
        Command::new("cmd")
            .args(["/c", "start", "", "/wait"])
            .arg(env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture"])
            .arg("platform::console::windows::tests::without_its_console")
            .env(FOLDER, folder.path())
            .status()
            .unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("said")).unwrap(), "a console of its own; let go");
    }

    #[test]
    #[ignore = "the process that the test before this one starts"]
    fn without_its_console() {
        let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
        let mut said =
            String::from(if processes() == 1 { "a console of its own" } else { "no console of its own" });
        close_own();
        said += if processes() == 0 { "; let go" } else { "; kept" };
        let mut child = Command::new(env::current_exe().unwrap());
        if let Err(error) = child.arg("--list").stdin(Stdio::null()).status() {
            said += &format!("; no program can be started: {error}");
        }
        let files: Vec<PathBuf> = (0..9).map(|number| folder.join(number.to_string())).collect();
        let open: Vec<File> = files.iter().map(|path| File::create(path).unwrap()).collect();
        let _ = writeln!(io::stderr(), "a line of the log");
        let _ = writeln!(io::stdout(), "a line of output");
        drop(open);
        for file in files {
            said += &fs::read_to_string(file).unwrap();
        }
        fs::write(folder.join("said"), said).unwrap();
    }
}
