//! The clock, when it goes otherwise than time does: it was set, or the machine slept.
//!
//! The waits of the program are by a clock that nobody sets and that stands still in a sleep (but for Windows). So a
//! poll that came due meanwhile would come as late as the sleep was long.

#[cfg(target_os = "linux")]
mod linux;
mod look;

#[cfg(target_os = "linux")]
pub use linux::watch;
#[cfg(not(target_os = "linux"))]
pub use look::watch;
