//! Tasks that share one compiled copy of tokio's code for them. Otherwise the compiler makes that code for each
//! future, twice: for both kinds of runtime.

use std::pin::Pin;

use tokio::task::JoinHandle;

/// As [`tokio::spawn`].
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(boxed(future))
}

/// `future` as the type that all futures with its output share, for a [`JoinSet`](tokio::task::JoinSet).
pub fn boxed<T>(future: impl Future<Output = T> + Send + 'static) -> Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(future)
}
