//! D-Bus helpers.

use std::future::poll_fn;
use std::pin::Pin;

use zbus::export::futures_core::Stream;
use zbus::{Message, MessageStream};

/// The stream's next message, without a stream crate; `None` if the bus closed the connection.
pub async fn next_message(messages: &mut MessageStream) -> Option<zbus::Result<Message>> {
    poll_fn(|context| Pin::new(&mut *messages).poll_next(context)).await
}
