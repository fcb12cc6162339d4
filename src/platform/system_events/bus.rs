//! What is told over a message bus.

use zbus::export::futures_core::Stream;

/// The stream's next message, without a crate for it; `None` when the bus has closed the connection.
pub async fn next(messages: &mut zbus::MessageStream) -> Option<zbus::Result<zbus::Message>> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *messages).poll_next(context)).await
}
