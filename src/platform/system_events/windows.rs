//! Messages that Windows sends to top-level windows: sleep, clock and time zone changes, screen changes, the end of the
//! session. A separate thread has a hidden window.

use std::io;
use std::ptr;
use std::sync::OnceLock;
use std::thread;

use tokio::sync::broadcast::{self, Receiver, Sender as Broadcast, error::RecvError};
use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, MSG, PBT_APMRESUMEAUTOMATIC,
    RegisterClassW, WM_DISPLAYCHANGE, WM_DPICHANGED, WM_ENDSESSION, WM_POWERBROADCAST, WM_SETTINGCHANGE,
    WM_TIMECHANGE, WNDCLASSW, WS_POPUP,
};
use windows_sys::core::PCWSTR;
use windows_sys::w;

use super::{Sender, SystemEvent};

pub(super) use super::clock::poll as watch_clock;

const CLASS: PCWSTR = w!("LinodeBandwidthSystemEvents");

/// More than arrive at once. A reader that lags learns that it missed some, and then handles all kinds.
const CAPACITY: usize = 16;

/// A message to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    Woke,
    /// The clock or the time zone.
    TimeChanged,
    /// The resolution or the scale may have changed; one message covers many settings.
    ScreenChanged,
}

/// The channel for the window's messages, once the window exists.
static MESSAGES: OnceLock<Broadcast<Message>> = OnceLock::new();

pub(super) async fn watch_sleep(events: Sender) {
    on_message(move |message| match message {
        Message::Woke => drop(events.send(SystemEvent::Woke)),
        Message::TimeChanged => drop(events.send(SystemEvent::ClockJumped)),
        Message::ScreenChanged => {}
    })
    .await;
}

/// Does nothing: failed polls are retried on schedule.
pub(super) async fn watch_network(_: Sender) {}

pub(super) async fn watch_time_zone(on_change: impl Fn()) -> io::Result<()> {
    on_message(move |message| {
        if message != Message::Woke {
            on_change();
        }
    })
    .await;
    Ok(())
}

/// Calls `on_change` when the screen's resolution or scale may have changed.
pub async fn watch_screen(on_change: impl Fn()) {
    on_message(move |message| {
        if message == Message::ScreenChanged {
            on_change();
        }
    })
    .await;
}

/// Exits when Windows ends the session or an installer asks for it (Restart Manager).
pub fn end_with_session() {
    drop(messages());
}

async fn on_message(act: impl Fn(Message)) {
    let mut messages = messages();
    loop {
        match messages.recv().await {
            Ok(message) => act(message),
            Err(RecvError::Lagged(_)) => {
                [Message::Woke, Message::TimeChanged, Message::ScreenChanged].into_iter().for_each(&act);
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Subscribes to the messages.
fn messages() -> Receiver<Message> {
    let mut receiver = None;
    let sender = MESSAGES.get_or_init(|| {
        let (sender, first) = broadcast::channel(CAPACITY);
        receiver = Some(first);
        if let Err(error) = thread::Builder::new().name("messages".into()).spawn(listen) {
            tracing::warn!("sleep, clock and screen are not watched: {error}");
        }
        sender
    });
    receiver.unwrap_or_else(|| sender.subscribe())
}

/// Creates the window and runs its message loop as long as the process lives.
fn listen() {
    // SAFETY: the class has a procedure with the right signature and a name that ends with 0; the other calls get what
    // the ones before them have returned, or null where that is allowed.
    #[allow(unsafe_code)]
    unsafe {
        let program = GetModuleHandleW(ptr::null());
        let class = WNDCLASSW {
            lpfnWndProc: Some(received),
            hInstance: program,
            lpszClassName: CLASS,
            ..WNDCLASSW::default()
        };
        RegisterClassW(&raw const class);
        // Never shown, but not a message-only window, because those get no broadcasts.
        let window = CreateWindowExW(
            0,
            CLASS,
            CLASS,
            WS_POPUP,
            0,
            0,
            0,
            0,
            ptr::null_mut(),
            ptr::null_mut(),
            program,
            ptr::null(),
        );
        if window.is_null() {
            tracing::warn!("sleep, clock and screen are not watched: {}", io::Error::last_os_error());
            return;
        }
        let mut message = MSG::default();
        while GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) > 0 {
            DispatchMessageW(&raw const message);
        }
    }
}

#[allow(unsafe_code)]
unsafe extern "system" fn received(window: HWND, code: u32, what: WPARAM, more: LPARAM) -> LRESULT {
    let message = match code {
        WM_POWERBROADCAST if what == PBT_APMRESUMEAUTOMATIC as usize => Some(Message::Woke),
        WM_TIMECHANGE => Some(Message::TimeChanged),
        WM_DISPLAYCHANGE | WM_DPICHANGED | WM_SETTINGCHANGE => Some(Message::ScreenChanged),
        // Safe for the history: each write is atomic.
        WM_ENDSESSION if what != 0 => std::process::exit(0),
        _ => None,
    };
    if let Some((message, sender)) = message.zip(MESSAGES.get()) {
        let _ = sender.send(message);
    }
    // SAFETY: the arguments are those from Windows.
    unsafe { DefWindowProcW(window, code, what, more) }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use windows_sys::Win32::UI::WindowsAndMessaging::{FindWindowW, SendMessageW};

    use super::*;

    fn send(code: u32, what: usize) {
        let window = loop {
            // SAFETY: both texts end with 0.
            #[allow(unsafe_code)]
            let window = unsafe { FindWindowW(CLASS, CLASS) };
            if !window.is_null() {
                break window;
            }
            thread::yield_now();
        };
        // SAFETY: it is a window of this process.
        #[allow(unsafe_code)]
        unsafe {
            SendMessageW(window, code, what, 0)
        };
    }

    #[tokio::test]
    async fn hears_of_sleep_clock_and_screen() {
        let mut messages = messages();
        for (code, what, message) in [
            (WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC as usize, Message::Woke),
            (WM_TIMECHANGE, 0, Message::TimeChanged),
            (WM_DISPLAYCHANGE, 32, Message::ScreenChanged),
        ] {
            send(code, what);
            assert_eq!(messages.recv().await.unwrap(), message);
        }
    }

    #[test]
    fn a_process_ends_with_the_session() {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let child = child.args([
            "--exact",
            "--ignored",
            "platform::system_events::windows::tests::until_the_session_ends",
        ]);
        assert_eq!(child.status().unwrap().code(), Some(0));
    }

    #[test]
    #[ignore = "the process that the test before this one starts"]
    fn until_the_session_ends() {
        end_with_session();
        send(WM_ENDSESSION, 0);
        thread::spawn(|| send(WM_ENDSESSION, 1));
        thread::sleep(Duration::from_secs(60));
        std::process::exit(1);
    }
}
