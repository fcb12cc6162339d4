//! A console that was made for this process alone, from the start menu or at login, is closed. One of a terminal is shared
//! with its shell, and stays. From Windows 11 24H2 on none is made in the first place: the manifest says so.

use windows_sys::Win32::System::Console::{FreeConsole, GetConsoleProcessList};

/// Closes the console, if it is there for nobody else.
pub fn let_go() {
    let mut two = [0u32; 2];
    // SAFETY: it writes no more process numbers than the length that it is given, which is the array's.
    #[allow(unsafe_code)]
    let sharing = unsafe { GetConsoleProcessList(two.as_mut_ptr(), 2) };
    if sharing == 1 {
        // SAFETY: it takes nothing. What is printed from here on goes nowhere, which Rust's output takes as printed.
        #[allow(unsafe_code)]
        unsafe {
            FreeConsole();
        }
    }
}
