//! The notification center, by the framework UserNotifications. There is one for applications only: it ends a bare program
//! that asks for it.

#![allow(unsafe_code, reason = "the framework's blocks get pointers, and a class has to be declared")]

use std::path::Path;
use std::ptr::NonNull;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use block2::{DynBlock, RcBlock};
use objc2::rc::Retained;
use objc2::runtime::{Bool, NSObject, NSObjectProtocol, ProtocolObject};
use objc2::{AnyThread, DefinedClass, define_class, msg_send};
use objc2_foundation::{NSArray, NSBundle, NSError, NSSet, NSString, NSURL};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNAuthorizationStatus, UNMutableNotificationContent, UNNotification,
    UNNotificationAction, UNNotificationActionOptions, UNNotificationAttachment, UNNotificationCategory,
    UNNotificationCategoryOptions, UNNotificationDefaultActionIdentifier,
    UNNotificationDismissActionIdentifier, UNNotificationPresentationOptions, UNNotificationRequest,
    UNNotificationResponse, UNNotificationSettings, UNNotificationSound, UNUserNotificationCenter,
    UNUserNotificationCenterDelegate,
};

use crate::domain::alert::{Notification, NotificationAction};

/// The center is another process. One that has not answered by then is taken for dead.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Whether the center takes this program's notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Granted,
    /// The user has not answered yet.
    NotAsked,
    /// The user has switched them off.
    Denied,
    /// This is no application, or macOS refuses its signature.
    Unavailable,
}

/// What was clicked.
pub(super) enum Click<'a> {
    Itself,
    /// By its number.
    Button(&'a str),
}

/// macOS has refused to ask the user, which some versions do where the signature is not a Developer ID's.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Whether this program is part of an application. Found out before [`super::legacy`] is used, whose library has the main
/// bundle say that it is another one.
static IS_APPLICATION: LazyLock<bool> = LazyLock::new(|| NSBundle::mainBundle().bundleIdentifier().is_some());

fn center() -> Option<Retained<UNUserNotificationCenter>> {
    IS_APPLICATION.then(UNUserNotificationCenter::currentNotificationCenter)
}

/// Waits for the center. Must not be called on the main thread.
pub fn permission() -> Permission {
    let Some(center) = center() else { return Permission::Unavailable };
    let (tell, told) = mpsc::sync_channel(1);
    let settings = RcBlock::new(move |settings: NonNull<UNNotificationSettings>| {
        // SAFETY: the center passes settings that live as long as the call.
        let status = unsafe { settings.as_ref() }.authorizationStatus();
        let _ = tell.try_send(status);
    });
    center.getNotificationSettingsWithCompletionHandler(&settings);
    match told.recv_timeout(TIMEOUT) {
        Ok(UNAuthorizationStatus::Denied) if REFUSED.load(Ordering::Relaxed) => Permission::Unavailable,
        Ok(UNAuthorizationStatus::Denied) => Permission::Denied,
        Ok(UNAuthorizationStatus::NotDetermined) => Permission::NotAsked,
        Ok(_) => Permission::Granted,
        Err(_) => Permission::Unavailable,
    }
}

/// Has macOS ask the user, if it has not: it also reports an error to a program that the user has refused. Waits for the
/// center.
pub(super) fn ask_permission() {
    let (Some(center), Permission::NotAsked) = (center(), permission()) else { return };
    let answered = RcBlock::new(|_granted: Bool, error: *mut NSError| {
        if let Some(why) = words(error) {
            REFUSED.store(true, Ordering::Relaxed);
            tracing::warn!("macOS does not ask whether this program may notify: {why}");
        }
    });
    let wanted = UNAuthorizationOptions::Alert | UNAuthorizationOptions::Sound;
    center.requestAuthorizationWithOptions_completionHandler(wanted, &answered);
}

/// Shows `notification` beside the picture in that file, which the center takes away.
///
/// # Errors
/// What the center says.
pub(super) fn show(notification: &Notification, picture: Option<&Path>) -> Result<(), String> {
    let center = center().ok_or("this is no application")?;
    let content = UNMutableNotificationContent::new();
    content.setTitle(&NSString::from_str(&notification.summary));
    content.setBody(&NSString::from_str(&notification.body));
    if notification.critical {
        content.setSound(Some(&UNNotificationSound::defaultSound()));
    }
    if !notification.actions.is_empty() {
        let category = category(&notification.actions);
        content.setCategoryIdentifier(&category.identifier());
        add_category(&center, category);
    }
    if let Some(attachment) = picture.and_then(attachment) {
        content.setAttachments(&NSArray::from_retained_slice(&[attachment]));
    }
    // By its topic: a new one replaces the last one.
    let topic = NSString::from_str(notification.topic());
    let request = UNNotificationRequest::requestWithIdentifier_content_trigger(&topic, &content, None);
    let (tell, told) = mpsc::sync_channel(1);
    let added = RcBlock::new(move |error: *mut NSError| drop(tell.try_send(words(error))));
    center.addNotificationRequest_withCompletionHandler(&request, Some(&added));
    match told.recv_timeout(TIMEOUT) {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(why),
        Err(_) => Err("the notification center does not answer".to_owned()),
    }
}

/// Takes notifications about these topics off the screen and out of the center.
pub(super) fn remove(topics: &[&str]) {
    if topics.is_empty() {
        return;
    }
    if let Some(center) = center() {
        let topics: Vec<_> = topics.iter().map(|topic| NSString::from_str(topic)).collect();
        center.removeDeliveredNotificationsWithIdentifiers(&NSArray::from_retained_slice(&topics));
    }
}

/// The buttons as the center knows them: notifications with the same buttons share a category.
fn category(actions: &[NotificationAction]) -> Retained<UNNotificationCategory> {
    let labels: Vec<_> = actions.iter().map(NotificationAction::label).collect();
    let button = |(at, label): (usize, &&str)| {
        let (key, title) = (NSString::from_str(&at.to_string()), NSString::from_str(label));
        let options = UNNotificationActionOptions::empty();
        UNNotificationAction::actionWithIdentifier_title_options(&key, &title, options)
    };
    let buttons: Vec<_> = labels.iter().enumerate().map(button).collect();
    UNNotificationCategory::categoryWithIdentifier_actions_intentIdentifiers_options(
        &NSString::from_str(&labels.join("|")),
        &NSArray::from_retained_slice(&buttons),
        &NSArray::new(),
        UNNotificationCategoryOptions::empty(),
    )
}

/// Adds it to the categories of what was shown before: the center takes them only all at once.
fn add_category(center: &UNUserNotificationCenter, category: Retained<UNNotificationCategory>) {
    let (tell, told) = mpsc::sync_channel(1);
    let known = RcBlock::new(move |known: NonNull<NSSet<UNNotificationCategory>>| {
        // SAFETY: the center passes a set that lives as long as the call.
        let all: Vec<_> = unsafe { known.as_ref() }.iter().chain([category.clone()]).collect();
        UNUserNotificationCenter::currentNotificationCenter()
            .setNotificationCategories(&NSSet::from_retained_slice(&all));
        let _ = tell.try_send(());
    });
    center.getNotificationCategoriesWithCompletionHandler(&known);
    let _ = told.recv_timeout(TIMEOUT);
}

fn attachment(picture: &Path) -> Option<Retained<UNNotificationAttachment>> {
    let url = NSURL::fileURLWithPath(&NSString::from_str(&picture.to_string_lossy()));
    let name = NSString::from_str("icon");
    // SAFETY: there are no options that could have a wrong type.
    let made =
        unsafe { UNNotificationAttachment::attachmentWithIdentifier_URL_options_error(&name, &url, None) };
    made.inspect_err(|error| tracing::warn!("{}", error.localizedDescription())).ok()
}

/// What an error says; `None` for a null pointer, which is none.
fn words(error: *mut NSError) -> Option<String> {
    // SAFETY: it is null or an error that lives as long as the block's call.
    unsafe { error.as_ref() }.map(|error| error.localizedDescription().to_string())
}

/// Calls `act` with the topic of a notification that was clicked, from now on until the process ends.
pub(super) fn on_click(act: impl Fn(&str, Click) + Send + Sync + 'static) {
    let Some(center) = center() else { return };
    let delegate = Delegate::alloc().set_ivars(Box::new(act));
    // SAFETY: the signature of NSObject's initializer.
    let delegate: Retained<Delegate> = unsafe { msg_send![super(delegate), init] };
    center.setDelegate(Some(ProtocolObject::from_ref(&*delegate)));
    // The center does not keep it.
    let _ = Retained::into_raw(delegate);
}

type OnClick = Box<dyn Fn(&str, Click) + Send + Sync>;

define_class!(
    // SAFETY: NSObject asks nothing of its subclasses, and this one has no `Drop`.
    #[unsafe(super(NSObject))]
    #[name = "LinodeBandwidthNotificationDelegate"]
    #[ivars = OnClick]
    struct Delegate;

    // SAFETY: the protocol asks nothing.
    unsafe impl NSObjectProtocol for Delegate {}

    // SAFETY: the methods have the protocol's signatures.
    unsafe impl UNUserNotificationCenterDelegate for Delegate {
        /// Shows it also while this program is the active one, which it is while its menu is open.
        #[unsafe(method(userNotificationCenter:willPresentNotification:withCompletionHandler:))]
        fn will_present(
            &self,
            _center: &UNUserNotificationCenter,
            _notification: &UNNotification,
            done: &DynBlock<dyn Fn(UNNotificationPresentationOptions)>,
        ) {
            let everywhere =
                UNNotificationPresentationOptions::Banner | UNNotificationPresentationOptions::List;
            done.call((everywhere | UNNotificationPresentationOptions::Sound,));
        }

        #[unsafe(method(userNotificationCenter:didReceiveNotificationResponse:withCompletionHandler:))]
        fn did_receive(
            &self,
            _center: &UNUserNotificationCenter,
            response: &UNNotificationResponse,
            done: &DynBlock<dyn Fn()>,
        ) {
            let topic = response.notification().request().identifier().to_string();
            let key = response.actionIdentifier();
            // SAFETY: constants of the framework.
            let (itself, dismissed) =
                unsafe { (UNNotificationDefaultActionIdentifier, UNNotificationDismissActionIdentifier) };
            if &*key == itself {
                self.ivars()(&topic, Click::Itself);
            } else if &*key != dismissed {
                self.ivars()(&topic, Click::Button(&key.to_string()));
            }
            done.call(());
        }
    }
);
