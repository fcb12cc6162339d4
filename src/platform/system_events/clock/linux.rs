//! A timer that the kernel cancels when the clock is set or the machine wakes: nothing runs until then.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::look;
use crate::platform::system_events::descriptor::waited_for;
use crate::platform::system_events::machine::{Sign, Signs};

/// The timer's own time, which is not to come: ten years.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// Tells each time that the clock was set or the machine woke. Where the kernel does not, a look a minute does.
pub async fn watch(signs: Signs) {
    if let Err(error) = listen(&signs).await {
        tracing::info!("the clock is looked at once a minute: {error}");
        look::watch(signs).await;
    }
}

async fn listen(signs: &Signs) -> io::Result<()> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let timer = waited_for(timer)?;
    loop {
        arm(timer.get_ref())?;
        let mut ready = timer.readable().await?;
        let told = ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut [0; 8])?));
        match told {
            // Ten years on at once: that too is a clock that was set.
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.raw_os_error() == Some(Errno::CANCELED.raw_os_error()) => {}
            Ok(Err(error)) => return Err(error),
            Err(_not_yet) => continue,
        }
        let _ = signs.send(Sign::ClockJumped);
    }
}

fn arm(timer: &OwnedFd) -> io::Result<()> {
    let far = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + FAR;
    let at = Timespec { tv_sec: i64::try_from(far.as_secs()).unwrap_or(i64::MAX), tv_nsec: 0 };
    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
    let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(timer, flags, &Itimerspec { it_interval: never, it_value: at })?;
    Ok(())
}
