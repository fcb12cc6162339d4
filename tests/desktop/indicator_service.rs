//! Ayatana's real indicator service: a host that only supports icons by name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use linode_bandwidth::domain::level::Level;
use linode_bandwidth::tray::icon::{Icon, SIZES};
use zbus::blocking::Connection;
use zbus::zvariant::OwnedObjectPath;

use crate::figures::ring;
use crate::rig::isolated_session::Way;
use crate::rig::program::TestDesktop;
use crate::rig::{bus, until};

const SERVICE: &str = "/usr/libexec/ayatana-indicator-application/ayatana-indicator-application-service";
const PLACE: bus::Place<'static> = (
    "org.ayatana.indicator.application",
    "/org/ayatana/indicator/application/service",
    "org.ayatana.indicator.application.service",
);

/// The service. It ends when this is dropped.
struct Service(Child);

impl Service {
    fn start(desk: &TestDesktop) -> Service {
        let mut command = Command::new(SERVICE);
        desk.surround(&mut command);
        let service = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Service(service.unwrap_or_else(|error| panic!("{SERVICE}: {error}; tests/run installs it")))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The name and folder of the only icon, as the service reports them to panels.
fn icon(bus: &Connection) -> Option<(String, PathBuf)> {
    type Application = (String, i32, String, OwnedObjectPath, String, String, String, String, String, String);
    let all: Vec<Application> = bus::try_call(bus, PLACE, "GetApplications", &()).ok()?;
    let (name, _, _, _, folder, ..) = all.into_iter().next()?;
    (!name.is_empty()).then(|| (name, folder.into()))
}

/// The file's pixels, if it exists.
fn pixels(file: &Path) -> Option<Vec<u8>> {
    Some(image::load_from_memory(&fs::read(file).ok()?).unwrap().into_rgba8().into_raw())
}

/// Waits until the service has a name for `wanted`. Returns all of its files.
fn wait_for(bus: &Connection, wanted: &Icon) -> (String, PathBuf) {
    let (name, folder) = until("the icon by its name", || {
        icon(bus).filter(|(name, folder)| {
            pixels(&folder.join(format!("{name}.png"))) == Some(wanted.draw(48).data)
        })
    });
    for size in SIZES {
        let file = folder.join(format!("hicolor/{size}x{size}/apps/{name}.png"));
        assert_eq!(pixels(&file), Some(wanted.draw(size).data), "{}", file.display());
    }
    (name, folder)
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn each_icon_has_its_own_name_for_hosts_without_pixmaps() {
    let desk = TestDesktop::apart();
    let service = Service::start(&desk);
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let tray = desk.tray();
    let (first, folder) = wait_for(&desk.bus, &ring(63, Level::Ok));
    desk.used(640, 1000);
    desk.refresh();
    let (second, same) = wait_for(&desk.bus, &ring(64, Level::Ok));
    assert!(second != first && same == folder);
    until("the end of the old files", || (!folder.join(format!("{first}.png")).exists()).then_some(()));
    drop(service);

    // Another host gets pixels, and no name to prefer over them.
    let host = desk.session().host(Way::Well);
    let item = tray.showing("Acme 64%");
    until("no name", || (item.icon_name().is_empty() && item.icon_folder().is_empty()).then_some(()));
    until("the folder's end", || (!folder.exists()).then_some(()));
    drop(host);

    let _service = Service::start(&desk);
    let (_, folder) = wait_for(&desk.bus, &ring(64, Level::Ok));
    tray.quit();
    assert!(!folder.exists());
}
