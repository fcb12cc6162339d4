//! The system's wish that the program ends.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub use other::ended;
#[cfg(unix)]
pub use unix::ended;
