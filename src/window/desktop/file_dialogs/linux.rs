//! Linux: the portal's `FileChooser`, on a connection that the portal has answered before. It does not answer new
//! connections of a process that it may not inspect.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use url::Url;
use zbus::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::{FileDialogs, OnChosen};

#[zbus::proxy(
    interface = "org.freedesktop.portal.FileChooser",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait FileChooser {
    fn save_file(
        &self,
        parent_window: &str,
        title: &str,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<OwnedObjectPath>;

    #[zbus(property, name = "version")]
    fn version(&self) -> zbus::Result<u32>;
}

#[zbus::proxy(
    interface = "org.freedesktop.portal.Request",
    default_service = "org.freedesktop.portal.Desktop"
)]
trait Request {
    #[zbus(signal)]
    fn response(&self, response: u32, results: HashMap<String, OwnedValue>) -> zbus::Result<()>;
}

/// The channel to the thread with the portal's connection.
#[derive(Clone)]
pub struct Dialogs {
    asked: UnboundedSender<Asked>,
    available: Arc<AtomicBool>,
    parent: String,
}

/// A dialog to show.
struct Asked {
    /// The window, as portals name it.
    parent: String,
    suggested: PathBuf,
    done: OnChosen,
}

impl Dialogs {
    pub fn above(self, parent: String) -> Dialogs {
        Dialogs { parent, ..self }
    }

    pub fn available(&self) -> bool {
        self.available.load(Ordering::Relaxed)
    }

    pub fn save(&self, suggested: &Path, done: OnChosen) {
        let asked = Asked { parent: self.parent.clone(), suggested: suggested.to_owned(), done };
        if let Err(unheard) = self.asked.send(asked) {
            (unheard.0.done)(None);
        }
    }
}

/// The end of that channel on the thread with the portal's connection.
pub struct Server {
    asked: UnboundedReceiver<Asked>,
    available: Arc<AtomicBool>,
}

impl FileDialogs {
    /// The dialogs, and the server that shows them.
    pub fn pair() -> (FileDialogs, Server) {
        let (sender, asked) = unbounded_channel();
        let available = Arc::new(AtomicBool::new(false));
        let dialogs = Dialogs { asked: sender, available: available.clone(), parent: String::new() };
        (FileDialogs(Some(dialogs)), Server { asked, available })
    }
}

impl Server {
    /// Shows dialogs one at a time while there is a window.
    pub async fn run(mut self, bus: Connection) {
        let chooser = async { FileChooserProxy::new(&bus).await?.version().await };
        // A desktop without file dialogs lacks this interface.
        if chooser.await.is_err() {
            return;
        }
        self.available.store(true, Ordering::Relaxed);
        while let Some(Asked { parent, suggested, done }) = self.asked.recv().await {
            let chosen = save(&bus, &parent, &suggested).await;
            if let Err(error) = &chosen {
                tracing::warn!(%error, "the desktop shows no dialog");
                self.available.store(false, Ordering::Relaxed);
            }
            done(chosen.ok().flatten());
        }
    }
}

async fn save(bus: &Connection, parent: &str, suggested: &Path) -> zbus::Result<Option<PathBuf>> {
    // Subscribe first, because the answer may come before the call returns. The object's path is known in advance.
    const TOKEN: &str = "linode_bandwidth";
    let sender =
        bus.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_")).unwrap_or_default();
    let path = format!("/org/freedesktop/portal/desktop/request/{sender}/{TOKEN}");
    let request = RequestProxy::builder(bus).path(path)?.build().await?;
    let mut responses = request.receive_response().await?;
    let name = suggested.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut options =
        HashMap::from([("handle_token", Value::from(TOKEN)), ("current_name", Value::from(name))]);
    if let Some(folder) = suggested.parent() {
        // The portal wants paths as bytes with a final zero.
        let folder: Vec<u8> = folder.as_os_str().as_bytes().iter().copied().chain([0]).collect();
        options.insert("current_folder", Value::from(folder));
    }
    FileChooserProxy::new(bus).await?.save_file(parent, "Save as CSV", options).await?;
    let Some(response) = responses.next().await else { return Ok(None) };
    let response = response.args()?;
    // 0 means chosen, 1 canceled.
    if response.response != 0 {
        return Ok(None);
    }
    let uris = response.results.get("uris").and_then(|uris| Vec::<String>::try_from(uris.clone()).ok());
    let uri = uris.and_then(|uris| uris.into_iter().next());
    Ok(uri.and_then(|uri| Url::parse(&uri).ok()?.to_file_path().ok()))
}
