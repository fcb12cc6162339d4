use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::Notify;

use super::message::{
    AccountDraft, Answer, ClientMessage, OwnerKind, PROTOCOL, Request, ServerMessage, TokenRef,
};
use super::*;
use crate::domain::config::{AccountConfig, Config};
use crate::domain::snapshot::StateUpdate;
use crate::domain::state::{PersistedState, State};
use crate::domain::token::Token;
use crate::storage::config::Patch;
use crate::window_request::{DisplayNames, Page, View, WindowRequest};

const SECOND: Duration = Duration::from_secs(1);
/// An invented token in the format of a real one.
const TOKEN: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Answers a refresh when the test allows it, everything else immediately.
#[derive(Default)]
struct Slow {
    begun: AtomicUsize,
    most: AtomicUsize,
    go: Notify,
    quits: AtomicUsize,
}

/// Counts refreshes that end for any reason.
struct Ends(Arc<Slow>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.begun.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Owned(Arc<Slow>);

impl Owner for Owned {
    fn kind(&self) -> OwnerKind {
        OwnerKind::Tray
    }

    fn answer(&self, request: Request, cancelled: Cancelled) -> Answering {
        let slow = self.0.clone();
        Box::pin(async move {
            let Request::Refresh = request else { return Answer::Done(Ok(())) };
            let begun = slow.begun.fetch_add(1, Ordering::SeqCst) + 1;
            slow.most.fetch_max(begun, Ordering::SeqCst);
            let _ends = Ends(slow.clone());
            tokio::select! {
                () = slow.go.notified() => {}
                _ = cancelled => {}
            }
            Answer::Refreshed(Ok(()))
        })
    }

    fn quit(&self) {
        self.0.quits.fetch_add(1, Ordering::SeqCst);
    }

    fn show_window(&self, session: &str) -> Asking {
        Box::pin(std::future::ready(session == "own"))
    }
}

struct Rig {
    dir: tempfile::TempDir,
    slow: Arc<Slow>,
    subscribers: Subscribers,
    asked: Arc<AtomicUsize>,
    _listening: Listening,
}

impl Rig {
    fn new() -> Rig {
        let dir = tempfile::tempdir().unwrap();
        let slow = Arc::new(Slow::default());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let subscribers = Subscribers::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let socket = dir.path().join("control.sock");
        let listening = listen(&socket, Arc::new(Owned(slow.clone())), Some(subscribers.clone())).unwrap();
        Rig { dir, slow, subscribers, asked, _listening: listening }
    }

    fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    async fn connect(&self) -> Connection {
        Connection::open(self.data_dir()).await.unwrap()
    }

    async fn send(&self, request: Request, timeout: Duration) -> Result<(), IpcError> {
        send_request(self.data_dir(), request, timeout).await
    }

    /// The answer to these bytes, until the connection ends.
    async fn said_to(&self, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.data_dir().join("control.sock")).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }

    /// Subscribes as a window and waits until the owner was asked for its state.
    async fn window(&self) -> Connection {
        self.subscribed(ClientMessage::Subscribe(Some(WindowRequest::default()))).await
    }

    async fn subscribed(&self, message: ClientMessage) -> Connection {
        let mut client = self.connect().await;
        let before = self.asked.load(Ordering::SeqCst);
        client.send(&message).await.unwrap();
        while self.asked.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
        client
    }
}

fn state(names: &[&str]) -> StateUpdate {
    let accounts = names.iter().enumerate().map(|(at, name)| {
        let id = format!("a{at}").parse().unwrap();
        AccountConfig::new(id, name)
    });
    let config = Config { accounts: accounts.collect(), ..Config::default() };
    let snapshot =
        State::snapshot_of_persisted(PersistedState::default(), Ok(config.clone()), jiff::Timestamp::now());
    StateUpdate { config: Ok(config), snapshot, regions: std::iter::empty().collect() }
}

async fn state_of(connection: &mut Connection) -> StateUpdate {
    match connection.receive().await.unwrap() {
        Some(ServerMessage::State(state)) => *state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn request_is_answered_when_done_and_fails_without_an_owner() {
    run(async {
        let nobody = tempfile::tempdir().unwrap();
        let told = send_request(nobody.path(), Request::Refresh, SECOND).await;
        assert!(matches!(told, Err(IpcError::NotRunning)), "{told:?}");
        std::fs::write(nobody.path().join("control.sock"), "left behind").unwrap();
        let told = send_request(nobody.path(), Request::Refresh, SECOND).await;
        assert!(matches!(told, Err(IpcError::NotRunning)), "{told:?}");

        let rig = Rig::new();
        rig.send(Request::TokenStored("acme".parse().unwrap()), SECOND).await.unwrap();
        let late = rig.send(Request::Refresh, SECOND / 20).await;
        assert!(matches!(late, Err(IpcError::Silent(_))), "{late:?}");
        // The canceled request has ended and does not use up the permission meant for the next one.
        while rig.slow.begun.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        rig.slow.go.notify_one();
        rig.send(Request::Refresh, 20 * SECOND).await.unwrap();
    });
}

#[test]
fn inaccessible_socket_is_not_reported_as_a_missing_tray() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let not_a_folder = dir.path().join("data");
        std::fs::write(&not_a_folder, "").unwrap();
        let told = send_request(&not_a_folder, Request::Refresh, SECOND).await.unwrap_err();
        assert!(matches!(told, IpcError::Socket { .. }), "{told}");
    });
}

#[test]
fn socket_is_private_and_removed_with_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    run(async {
        let rig = Rig::new();
        let socket = rig.data_dir().join("control.sock");
        assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let Rig { dir, _listening, .. } = rig;
        drop(_listening);
        assert!(!dir.path().join("control.sock").exists());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn folder_path_longer_than_a_socket_address_works() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("d".repeat(120));
        std::fs::create_dir(&folder).unwrap();
        let owner = Arc::new(Owned(Arc::default()));
        let _listening = listen(&folder.join("control.sock"), owner, None).unwrap();
        send_request(&folder, Request::ReadConfig, 20 * SECOND).await.unwrap();
    });
}

#[test]
fn nonsense_ends_its_own_connection_and_is_not_repeated() {
    run(async {
        let rig = Rig::new();
        let hello = "{\"hello\":{\"protocol\":1,\"program\":\"0.1.0\",\"owner\":null}}\n";
        for nonsense in [
            "x\n".to_owned(),
            "\0\u{1b}[31m\n".to_owned(),
            format!("{TOKEN}\n"),
            "y".repeat(100_000),
            "{\"request\":[1,\"refresh\"]}\n".to_owned(),
            format!("{hello}{hello}"),
            format!("{hello}{{\"request\":[1,{{\"linodes\":{{\"typed\":\"{TOKEN} {TOKEN}\"}}}}]}}\n"),
            format!("{hello}{{\"request\":[1,{{\"token_stored\":\"../../etc\"}}]}}\n"),
            // Longer than the maximum length of a line.
            format!("{hello}{{\"request\":[1,{{\"duplicate\":\"{}\"}}]}}\n", "a".repeat(70_000)),
            // An incomplete line could have become another message.
            format!("{hello}{{\"request\":[1,\"refresh\"]}}").trim_end().to_owned(),
        ] {
            let said = rig.said_to(nonsense.as_bytes()).await;
            assert!(!said.contains(TOKEN) && !said.contains("answer"), "{said}");
        }
        assert_eq!(rig.slow.most.load(Ordering::SeqCst), 0);
        rig.send(Request::ReadConfig, 20 * SECOND).await.unwrap();
    });
}

#[test]
fn a_client_that_says_nothing_is_dropped_after_a_while() {
    run(async {
        let rig = Rig::new();
        assert_eq!(rig.said_to(b"").await, "");
    });
}

#[test]
fn clients_beyond_the_limit_wait_and_all_are_answered() {
    run(async {
        let rig = Arc::new(Rig::new());
        let asking: Vec<_> = (0..52)
            .map(|_| {
                let rig = rig.clone();
                tokio::spawn(async move { rig.send(Request::Refresh, 60 * SECOND).await })
            })
            .collect();
        while rig.slow.begun.load(Ordering::SeqCst) < 32 {
            tokio::task::yield_now().await;
        }
        for asked in asking {
            while !asked.is_finished() {
                rig.slow.go.notify_waiters();
                tokio::task::yield_now().await;
            }
            asked.await.unwrap().unwrap();
        }
        assert_eq!(rig.slow.most.load(Ordering::SeqCst), 32);
    });
}

#[test]
fn requests_beyond_the_limit_are_refused_and_cancel_ends_one() {
    run(async {
        let rig = Rig::new();
        let mut client = rig.connect().await;
        for id in 0..33 {
            client.send(&ClientMessage::Request(id, Request::Refresh)).await.unwrap();
        }
        let Some(ServerMessage::Answer(32, Answer::Refreshed(Err(why)))) = client.receive().await.unwrap()
        else {
            panic!("no refusal");
        };
        assert!(why.starts_with("Too many requests"), "{why}");
        client.send(&ClientMessage::Cancel(7)).await.unwrap();
        let answer = client.receive().await.unwrap();
        assert!(matches!(answer, Some(ServerMessage::Answer(7, Answer::Refreshed(Ok(()))))), "{answer:?}");
    });
}

#[test]
fn two_requests_with_one_number_end_the_connection() {
    run(async {
        let rig = Rig::new();
        let mut client = rig.connect().await;
        for _ in 0..2 {
            client.send(&ClientMessage::Request(1, Request::Refresh)).await.unwrap();
        }
        assert!(client.receive().await.unwrap().is_none());
        rig.send(Request::ReadConfig, 20 * SECOND).await.unwrap();
    });
}

#[test]
fn a_hundred_windows_and_icons_leave_room_for_a_refresh() {
    run(async {
        let rig = Rig::new();
        let mut kept = Vec::new();
        let mut turned_away = 0;
        for _ in 0..100 {
            let mut client = rig.connect().await;
            client.send(&ClientMessage::Subscribe(None)).await.unwrap();
            let before = rig.asked.load(Ordering::SeqCst);
            if kept.len() < 16 {
                while rig.asked.load(Ordering::SeqCst) == before && before < kept.len() + 1 {
                    tokio::task::yield_now().await;
                }
                kept.push(client);
                continue;
            }
            match client.receive().await.unwrap() {
                Some(ServerMessage::Error(why)) => assert!(why.starts_with("Too many windows"), "{why}"),
                other => panic!("{other:?}"),
            }
            turned_away += 1;
        }
        assert_eq!(turned_away, 84);
        rig.slow.go.notify_one();
        rig.send(Request::Refresh, 20 * SECOND).await.unwrap();
        rig.subscribers.publish(|| state(&["Acme"]));
        for client in &mut kept {
            assert_eq!(state_of(client).await.snapshot.accounts.len(), 1);
        }
    });
}

#[test]
fn state_is_sent_on_change_and_made_only_for_subscribers() {
    run(async {
        let rig = Rig::new();
        rig.subscribers.publish(|| panic!("nobody wants it"));
        let mut window = rig.window().await;
        let first = state(&["Acme"]);
        rig.subscribers.publish(|| first.clone());
        assert_eq!(state_of(&mut window).await, first);
        // A later time alone is not a change.
        let mut later = first.clone();
        later.snapshot.generated_at = later.snapshot.generated_at.checked_add(SECOND).unwrap();
        rig.subscribers.publish(|| later);
        let second = state(&["Acme", "Bee"]);
        rig.subscribers.publish(|| second.clone());
        assert_eq!(state_of(&mut window).await, second);
        // The next window does not get a state from the time of the previous one.
        drop(window);
        while rig.subscribers.has_any() {
            tokio::task::yield_now().await;
        }
        let mut next = rig.window().await;
        let third = state(&[]);
        rig.subscribers.publish(|| third.clone());
        assert_eq!(state_of(&mut next).await, third);
    });
}

#[test]
fn state_longer_than_a_line_arrives_complete() {
    run(async {
        let rig = Rig::new();
        let mut window = rig.window().await;
        let names: Vec<String> =
            (0..200).map(|at| format!("\"R&D\" 日本 \\ {at} {}", "x".repeat(60))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let large = state(&names);
        rig.subscribers.publish(|| large.clone());
        assert_eq!(state_of(&mut window).await, large);
    });
}

#[test]
fn second_window_makes_the_first_show_its_request() {
    run(async {
        let rig = Rig::new();
        assert!(!rig.subscribers.show(WindowRequest::default()).await, "there is none");
        let mut first = rig.window().await;
        let mut second = rig.connect().await;
        let settings = WindowRequest::from(crate::window_request::View::Page(Page::Settings));
        second.send(&ClientMessage::Subscribe(Some(settings.clone()))).await.unwrap();
        let told = first.receive().await.unwrap();
        assert!(matches!(told, Some(ServerMessage::Show(request)) if request == settings));
        first.send(&ClientMessage::Shown).await.unwrap();
        assert!(matches!(second.receive().await.unwrap(), Some(ServerMessage::ShownElsewhere)));
        assert!(second.receive().await.unwrap().is_none());
        drop(first);
        rig.subscribers.window_closed().await;
    });
}

#[test]
fn each_display_has_a_window_of_its_own() {
    run(async {
        let rig = Rig::new();
        let on = |display: &str, page: Page| WindowRequest {
            display: DisplayNames::new(vec![display.to_owned()]),
            ..View::Page(page).into()
        };
        let mut here = rig.subscribed(ClientMessage::Subscribe(Some(on(":0", Page::Usage)))).await;
        let mut there = rig.subscribed(ClientMessage::Subscribe(Some(on(":10", Page::Usage)))).await;
        assert!(!rig.subscribers.show(on(":20", Page::Usage)).await, "there is none");
        // A second start on the second display is shown there.
        let mut another = rig.connect().await;
        let settings = on(":10", Page::Settings);
        another.send(&ClientMessage::Subscribe(Some(settings.clone()))).await.unwrap();
        let told = there.receive().await.unwrap();
        assert!(matches!(told, Some(ServerMessage::Show(request)) if request == settings));
        there.send(&ClientMessage::Shown).await.unwrap();
        assert!(matches!(another.receive().await.unwrap(), Some(ServerMessage::ShownElsewhere)));
        drop(there);
        // A request without a display goes to any open window.
        let shown = rig.subscribers.show(WindowRequest::default());
        let heard = async {
            while !matches!(here.receive().await.unwrap(), Some(ServerMessage::Show(_))) {}
            here.send(&ClientMessage::Shown).await.unwrap();
        };
        assert!(tokio::join!(shown, heard).0);
        drop(here);
        rig.subscribers.window_closed().await;
    });
}

#[test]
fn each_session_has_one_icon() {
    run(async {
        let rig = Rig::new();
        let turned_away = async |session: &str| {
            let mut icon = rig.connect().await;
            icon.send(&ClientMessage::Follow(session.to_owned())).await.unwrap();
            matches!(icon.receive().await.unwrap(), Some(ServerMessage::ShownElsewhere))
        };
        assert!(turned_away("own").await, "the owner's is there");
        let mut first = rig.subscribed(ClientMessage::Follow("other".to_owned())).await;
        assert!(turned_away("other").await);
        let _third = rig.subscribed(ClientMessage::Follow("third".to_owned())).await;
        // It receives the state and may make requests.
        let told = state(&["Acme"]);
        rig.subscribers.publish(|| told.clone());
        assert_eq!(state_of(&mut first).await, told);
        first.send(&ClientMessage::Request(1, Request::Mute(None, None))).await.unwrap();
        let answer = first.receive().await.unwrap();
        assert!(matches!(answer, Some(ServerMessage::Answer(1, Answer::Done(Ok(()))))), "{answer:?}");
        // No window is open.
        rig.subscribers.window_closed().await;
        drop(first);
        while rig.subscribers.sessions().contains("other") {
            tokio::task::yield_now().await;
        }
        rig.subscribed(ClientMessage::Follow("other".to_owned())).await;
    });
}

#[test]
fn window_without_a_display_name_is_accepted() {
    let line = r#"{"subscribe":{"view":{"Page":"Settings"},"activation":null}}"#;
    let read: ClientMessage = serde_json::from_str(line).unwrap();
    let ClientMessage::Subscribe(Some(request)) = read else { panic!("{read:?}") };
    assert_eq!(request, View::Page(Page::Settings).into());
}

#[test]
fn a_window_that_does_not_answer_loses_its_place() {
    run(async {
        let rig = Rig::new();
        let mut stopped = rig.window().await;
        let mut next = rig.window().await;
        let shown = rig.subscribers.show(WindowRequest::default());
        let heard = async {
            while !matches!(next.receive().await.unwrap(), Some(ServerMessage::Show(_))) {}
            next.send(&ClientMessage::Shown).await.unwrap();
        };
        assert!(tokio::join!(shown, heard).0);
        while stopped.receive().await.unwrap().is_some() {}
    });
}

#[test]
fn another_version_gets_an_error_and_may_end_the_owner() {
    run(async {
        let rig = Rig::new();
        let hello = "{\"hello\":{\"protocol\":99,\"program\":\"9.9.9\",\"owner\":null}}\n";
        let said = rig.said_to(format!("{hello}\"quit\"\n").as_bytes()).await;
        assert!(said.contains(&format!("\"protocol\":{PROTOCOL}")) && said.contains(UPDATED), "{said}");
        assert_eq!(rig.slow.quits.load(Ordering::SeqCst), 1);
        let said = rig.said_to(format!("{hello}{{\"request\":[1,\"refresh\"]}}\n").as_bytes()).await;
        assert!(!said.contains("answer"), "{said}");
        assert_eq!(rig.slow.quits.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn messages_round_trip_and_debug_shows_no_token() {
    let token = || Arc::new(Token::new(TOKEN.to_owned()).unwrap());
    let draft = AccountDraft {
        account: AccountConfig::new("acme".parse().unwrap(), "Acme"),
        new: true,
        changes: Patch::default(),
        token: Some(token()),
        verify: true,
    };
    for request in
        [Request::Save(Box::new(draft)), Request::Linodes(TokenRef::Typed(token())), Request::MakeWay]
    {
        let shown = format!("{request:?}");
        assert!(!shown.contains(TOKEN), "{shown}");
        let line = serde_json::to_string(&ClientMessage::Request(3, request)).unwrap();
        let read: ClientMessage = serde_json::from_str(&line).unwrap();
        assert_eq!(format!("{read:?}"), format!("Request(3, {shown})"));
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
    let other = line::lines(&ClientMessage::Request(3, Request::Linodes(TokenRef::Typed(token())))).unwrap();
    assert!(String::from_utf8_lossy(&other).contains(TOKEN), "it has to get there");
}

#[test]
fn an_installer_closes_the_windows_before_the_owner_ends() {
    run(async {
        let rig = Rig::new();
        let mut window = rig.window().await;
        let mut installer = rig.connect().await;
        installer.send(&ClientMessage::End).await.unwrap();
        loop {
            match window.receive().await.unwrap() {
                Some(ServerMessage::ShownElsewhere) => break,
                Some(_) => assert_eq!(rig.slow.quits.load(Ordering::SeqCst), 0),
                None => panic!("the window was not told to close"),
            }
        }
        assert!(window.receive().await.unwrap().is_none());
        while rig.slow.quits.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_history_says_who_used_the_pool_in_bounded_space_and_older_ones_are_read() {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;
    use jiff::tz::TimeZone;

    use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId};
    use crate::domain::month::Month;
    use crate::domain::plot::{PoolCharts, PoolHistory};
    use crate::domain::usage::{GB, Pool, PoolId, Usage};
    use crate::storage::history::History;

    let month = Month::containing("2026-10-15T00:00:00Z".parse().unwrap());
    let now = month.ends_at - SignedDuration::from_mins(1);
    let (acme, global) = ("acme".parse().unwrap(), PoolId::Global);
    let mut history = History::in_memory().unwrap();
    // Every day, other Linodes are the largest.
    for day in 0..31_u64 {
        let at = month.starts_at + SignedDuration::from_hours(24 * day as i64 + 12);
        let consumer = |id: u64| Consumer {
            id: ConsumerId::Linode(id),
            label: format!("{id:064}"),
            region: String::new(),
            used: (id * 37 + day * 41) % 200 * GB + day * 200 * GB,
        };
        let consumers: Vec<Consumer> = (1..=200).map(consumer).collect();
        let pool = Pool::from_gb(300 * 200 * day, 1_000_000, 0);
        let usage = Usage { pool, regions: Vec::new() };
        history.save_samples(&acme, at, &[(global.clone(), pool)]).unwrap();
        history.save_breakdown(&acme, &Breakdown::new(at, &global, &usage, &consumers)).unwrap();
    }
    let samples = history.pool_history(&acme, &global, now).unwrap();
    let daily = history.daily_usage((&acme, &global), &samples, now, &TimeZone::UTC).unwrap().unwrap();
    assert!(daily.days.iter().all(|day| day.used.len() <= 20), "{daily:?}");
    assert!(daily.days[5].others.0 >= 180, "{:?}", daily.days[5].others);
    let charts = PoolCharts { history: samples.clone(), daily: Some(daily) };
    let size = serde_json::to_vec(&charts).unwrap().len() - serde_json::to_vec(&samples).unwrap().len();
    assert!(size < 32 * 1024, "{size} bytes");
    let answer = Answer::History(acme.clone(), Ok([(global.clone(), charts.clone())].into()));
    let text = serde_json::to_string(&answer).unwrap();
    let Answer::History(_, Ok(read)) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
    assert_eq!(read[&global], charts);
    // A tray before these figures sends the samples alone, and a window before them reads only those.
    let old: BTreeMap<PoolId, PoolHistory> = [(global.clone(), samples.clone())].into();
    let text = serde_json::to_string(&old).unwrap();
    let read: BTreeMap<PoolId, PoolCharts> = serde_json::from_str(&text).unwrap();
    assert_eq!(read[&global], PoolCharts { history: samples.clone(), daily: None });
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<BTreeMap<PoolId, PoolHistory>>(&text).unwrap(), old);
}
