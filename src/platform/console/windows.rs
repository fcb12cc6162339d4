//! Closes a console that was created for this process only, from the Start menu or at login. A terminal's
//! console is shared with its shell and stays. Since Windows 11 24H2 the manifest prevents its creation.

use std::ptr;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Console::{
    FreeConsole, GetConsoleMode, GetConsoleProcessList, GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE,
    STD_OUTPUT_HANDLE, SetStdHandle,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONERROR, MB_OK, MessageBoxW};
use windows_sys::w;

pub(super) fn close_own() {
    if processes() != 1 {
        return;
    }
    let streams = [STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE].into_iter();
    let of_the_console: Vec<u32> = streams.filter(|stream| is_console(*stream)).collect();
    // SAFETY: it takes no arguments.
    #[allow(unsafe_code)]
    unsafe {
        FreeConsole();
    }
    // `FreeConsole` closed the handles but left their values, which new files may get. Null handles make Rust
    // discard output and start child processes without them.
    for stream in of_the_console {
        // SAFETY: it stores the value, and null is not a handle.
        #[allow(unsafe_code)]
        unsafe {
            SetStdHandle(stream, ptr::null_mut());
        }
    }
}

pub(super) fn show_error(error: &str) -> bool {
    // SAFETY: it takes a number.
    #[allow(unsafe_code)]
    let stream = unsafe { GetStdHandle(STD_ERROR_HANDLE) };
    if !stream.is_null() && stream != INVALID_HANDLE_VALUE {
        return false;
    }
    let text: Vec<u16> = error.encode_utf16().chain([0]).collect();
    // SAFETY: both texts end with 0.
    #[allow(unsafe_code)]
    unsafe {
        MessageBoxW(ptr::null_mut(), text.as_ptr(), w!("Linode Bandwidth"), MB_ICONERROR | MB_OK);
    }
    true
}

/// The number of processes that share the console: 0 without one, at most 2.
fn processes() -> u32 {
    let mut two = [0u32; 2];
    // SAFETY: it writes at most as many process IDs as the given length, which is the array's.
    #[allow(unsafe_code)]
    let sharing = unsafe { GetConsoleProcessList(two.as_mut_ptr(), 2) };
    sharing.min(2)
}

fn is_console(stream: u32) -> bool {
    let mut mode = 0;
    // SAFETY: both accept any value as a handle, and the second writes the mode to the given variable.
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

    /// Where the process without a console writes its results.
    const FOLDER: &str = "LINODE_BANDWIDTH_TEST_FOLDER";

    #[test]
    fn closed_console_breaks_neither_children_nor_files() {
        let folder = tempfile::tempdir().unwrap();
        // With its own console, as from the Start menu.
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
