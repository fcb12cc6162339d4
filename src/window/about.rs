//! The About dialog.

use eframe::egui::{Id, Margin, Modal, Ui};

use super::TITLE;
use super::theme::{GAP, NEAR, card};
use super::widgets::{faint, heading, name_dialog};

/// Shows it above everything else. Returns `true` when the user closes it.
pub fn show(ui: &mut Ui) -> bool {
    let frame = card(ui).inner_margin(Margin::symmetric(22, 16));
    let modal = Modal::new(Id::unique("about")).frame(frame).show(ui.ctx(), |ui| {
        name_dialog(ui, "About");
        ui.set_width(380.0);
        ui.add_space(NEAR);
        heading(ui, TITLE);
        ui.label(concat!("Version ", env!("CARGO_PKG_VERSION")));
        ui.add_space(NEAR);
        ui.label("Shows how much of their monthly network transfer your Linode (Akamai) accounts have used.");
        ui.add_space(NEAR);
        faint(
            ui,
            "It contacts only the Linode API. Tokens are kept in the system's keyring. It is not made by \
             Linode or Akamai.",
        );
        faint(ui, concat!("License: ", env!("CARGO_PKG_LICENSE")));
        ui.add_space(GAP);
        let close = ui.horizontal(|ui| {
            let close = ui.button("Close");
            if ui.button("Copy version").on_hover_text("For a bug report").clicked() {
                ui.ctx().copy_text(version_for_reports());
            }
            close
        });
        let close = close.inner;
        if ui.memory(|memory| memory.focused().is_none()) {
            close.request_focus();
        }
        ui.add_space(NEAR);
        close.clicked()
    });
    modal.inner || modal.should_close()
}

/// `linode-bandwidth 0.1.0, linux x86_64, XFCE, x11`
fn version_for_reports() -> String {
    let session = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"].map(|name| std::env::var(name).ok());
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let program = concat!("linode-bandwidth ", env!("CARGO_PKG_VERSION"));
    let parts: Vec<String> =
        [program.to_owned(), system].into_iter().chain(session.into_iter().flatten()).collect();
    parts.join(", ")
}
