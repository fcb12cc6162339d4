//! A notification as Windows' XML for toasts.

use std::fmt::Write;
use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::{ITSELF, action_for};
use crate::domain::alert::{Notification, NotificationAction};
use crate::domain::text::escaped;
use crate::window_request::View;

/// Lines below the title. Windows shows no more.
const MAX_BODY_LINES: usize = 4;

/// What a click on a toast does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clicks {
    /// Opens a link: also from the notification center, and after the program has ended.
    Links,
    /// Tells the process that has shown it: of the demo, to whose window no link leads.
    Told,
}

/// The toast for `notification`, beside the picture at the address `picture`.
pub(super) fn xml(notification: &Notification, picture: Option<&str>, clicks: Clicks) -> String {
    let whole = activation(notification, ITSELF, clicks)
        .map(|(kind, argument)| format!(" activationType=\"{kind}\" launch=\"{}\"", attribute(&argument)));
    let actions: String = buttons(notification, clicks).iter().map(button).collect();
    // Stays until it is dismissed, which Windows grants only to one with a button.
    let stays = if notification.critical && !actions.is_empty() { " scenario=\"reminder\"" } else { "" };
    let mut xml = format!("<toast{}{stays}>", whole.unwrap_or_default());
    xml += "<visual><binding template=\"ToastGeneric\">";
    if let Some(picture) = picture {
        let _ = write!(xml, "<image placement=\"appLogoOverride\" src=\"{}\"/>", attribute(picture));
    }
    let _ = write!(xml, "<text>{}</text>", content(&notification.summary));
    if !notification.body.is_empty() {
        let _ = write!(xml, "<text>{}</text>", content(&fitting(&notification.body)));
    }
    xml += "</binding></visual>";
    if !actions.is_empty() {
        let _ = write!(xml, "<actions>{actions}</actions>");
    }
    xml += "<audio src=\"ms-winsoundevent:Notification.Default\"/></toast>";
    xml
}

/// By which a toast replaces the last one about the same: at most 16 characters, as older versions of Windows allow.
pub(super) fn tag(topic: &str) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(topic.as_bytes());
    format!("{:016x}", hasher.finish())
}

/// A button, or the toast itself: its text, how it is activated, and with what.
struct Button {
    label: &'static str,
    kind: &'static str,
    argument: String,
}

fn buttons(notification: &Notification, clicks: Clicks) -> Vec<Button> {
    let buttons = notification.actions.iter().enumerate().filter_map(|(at, action)| {
        let (kind, argument) = activation(notification, &at.to_string(), clicks)?;
        Some(Button { label: action.label(), kind, argument })
    });
    buttons.collect()
}

fn button(Button { label, kind, argument }: &Button) -> String {
    let (label, argument) = (attribute(label), attribute(argument));
    format!("<action content=\"{label}\" activationType=\"{kind}\" arguments=\"{argument}\"/>")
}

/// How what `key` stands for is activated, and with what. `None` for what a link can't do: it only ever shows something.
fn activation(notification: &Notification, key: &str, clicks: Clicks) -> Option<(&'static str, String)> {
    if clicks == Clicks::Told {
        return Some(("foreground", key.to_owned()));
    }
    let view = match action_for(notification, key)? {
        NotificationAction::Open(account) => account.map(View::Account).unwrap_or_default(),
        NotificationAction::ReplaceToken(account) => View::ReplaceToken(account),
        NotificationAction::MuteForThisMonth(_) => return None,
    };
    Some(("protocol", view.link()))
}

/// As many lines as Windows shows; the last one says that there are more.
fn fitting(body: &str) -> String {
    let mut lines: Vec<&str> = body.lines().collect();
    if lines.len() > MAX_BODY_LINES {
        lines.truncate(MAX_BODY_LINES - 1);
        lines.push("and more");
    }
    lines.join("\n")
}

/// Text between tags, without the characters that XML has no form for: one of them would have the whole toast refused.
fn content(text: &str) -> String {
    let allowed = |letter: &char| {
        !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}') || matches!(letter, '\n' | '\t')
    };
    escaped(&text.chars().filter(allowed).collect::<String>())
}

fn attribute(text: &str) -> String {
    content(text).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::AccountId;

    fn id() -> AccountId {
        "acme".parse().unwrap()
    }

    fn about_acme(body: &str, actions: Vec<NotificationAction>) -> Notification {
        Notification {
            account: Some(id()),
            leads_to: Some(id()),
            summary: "Acme <& \"Sons\"> 95%".to_owned(),
            body: body.to_owned(),
            critical: false,
            actions,
            keys: Vec::new(),
        }
    }

    #[test]
    fn a_toast_leads_to_its_account_and_shows_its_icon_as_a_logo() {
        let actions = vec![NotificationAction::Open(Some(id())), NotificationAction::MuteForThisMonth(id())];
        let toast = about_acme("950 of 1,000 GB", actions);
        assert_eq!(
            xml(&toast, Some("file:///C:/a%20b/it.png"), Clicks::Links),
            "<toast activationType=\"protocol\" launch=\"linode-bandwidth:account/acme\">\
             <visual><binding template=\"ToastGeneric\">\
             <image placement=\"appLogoOverride\" src=\"file:///C:/a%20b/it.png\"/>\
             <text>Acme &lt;&amp; \"Sons\"&gt; 95%</text><text>950 of 1,000 GB</text>\
             </binding></visual>\
             <actions><action content=\"Open\" activationType=\"protocol\" \
             arguments=\"linode-bandwidth:account/acme\"/></actions>\
             <audio src=\"ms-winsoundevent:Notification.Default\"/></toast>"
        );
    }

    #[test]
    fn a_critical_one_with_a_button_stays() {
        let toast =
            Notification { critical: true, ..about_acme("", vec![NotificationAction::ReplaceToken(id())]) };
        let said = xml(&toast, None, Clicks::Links);
        assert!(said.contains(" scenario=\"reminder\">"), "{said}");
        assert!(said.contains("content=\"Replace token…\""), "{said}");
        assert!(said.contains("arguments=\"linode-bandwidth:replace-token/acme\""), "{said}");
        assert!(!said.contains("<image") && said.matches("<text>").count() == 1, "{said}");
        let without = Notification { actions: Vec::new(), ..toast };
        assert!(!xml(&without, None, Clicks::Links).contains("scenario"));
    }

    #[test]
    fn a_toast_about_nothing_in_particular_leads_to_the_window() {
        let said =
            xml(&Notification::error("Could not refresh", "No network.".to_owned()), None, Clicks::Links);
        assert!(
            said.starts_with("<toast activationType=\"protocol\" launch=\"linode-bandwidth:usage\">"),
            "{said}"
        );
        assert!(!said.contains("<actions>"), "{said}");
    }

    #[test]
    fn the_demos_toast_tells_its_process_which_button_it_was() {
        let actions = vec![NotificationAction::Open(Some(id())), NotificationAction::MuteForThisMonth(id())];
        let said = xml(&about_acme("", actions), None, Clicks::Told);
        assert!(said.starts_with("<toast activationType=\"foreground\" launch=\"default\">"), "{said}");
        assert!(said.contains("activationType=\"foreground\" arguments=\"1\""), "{said}");
        assert!(!said.contains("linode-bandwidth:"), "{said}");
    }

    #[test]
    fn at_most_four_lines_follow_the_title() {
        assert_eq!(fitting("1\n2\n3\n4"), "1\n2\n3\n4");
        assert_eq!(fitting("1\n2\n3\n4\n5\nand 7 more"), "1\n2\n3\nand more");
    }

    #[test]
    fn what_xml_has_no_form_for_is_left_out() {
        assert_eq!(content("a\u{0}b\u{1b}[0mc\u{7f}\u{ffff}\nd\u{2068}"), "ab[0mc\nd\u{2068}");
        assert_eq!(attribute("\"><toast>"), "&quot;&gt;&lt;toast&gt;");
    }

    #[test]
    fn each_topic_has_a_tag_of_its_own_that_every_windows_takes() {
        assert_eq!(tag("acme"), tag("acme"));
        assert_ne!(tag("acme"), tag("Several"));
        assert_eq!(tag(&"a".repeat(80)).len(), 16);
    }
}
