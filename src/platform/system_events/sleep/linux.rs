//! logind's word before and after a sleep, on the system bus.

use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

use crate::platform::system_events::bus::next;
use crate::platform::system_events::machine::{Sign, Signs};

const NAME: &str = "org.freedesktop.login1";

/// Tells each time that the machine woke; ends where there is no system bus. Without logind nothing is told.
pub async fn watch(signs: Signs) {
    match listen(&signs).await {
        Ok(()) => tracing::info!("the system bus is gone: the clock alone tells of sleep from now on"),
        Err(error) => tracing::info!("the clock alone tells of sleep: {error}"),
    }
}

async fn listen(signs: &Signs) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)?
        .path("/org/freedesktop/login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let mut messages = MessageStream::for_match_rule(rule, &bus, None).await?;
    tracing::debug!("logind tells of sleep");
    while let Some(message) = next(&mut messages).await {
        // True when the machine is about to sleep, false when it woke.
        if let Ok(false) = message?.body().deserialize::<bool>() {
            let _ = signs.send(Sign::Woke);
        }
    }
    Ok(())
}
