use tokio::sync::mpsc;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn the_second_claim_waits_for_the_first_to_go() {
    let dir = tempfile::tempdir().unwrap();
    let lock = dir.path().join("data").join("lock");
    let first = claim(&lock).unwrap();
    assert!(first.is_some());
    assert!(claim(&lock).unwrap().is_none());
    drop(first);
    assert!(claim(&lock).unwrap().is_some());
}

#[test]
fn wishes_arrive_and_a_refresh_waits_for_its_poll() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control.sock");
        assert!(matches!(tell(&socket, &Wish::Refresh, SECOND).await, Err(InstanceError::NotRunning)));
        std::fs::write(&socket, "left behind").unwrap();
        let (inbox, mut inputs) = mpsc::unbounded_channel();
        listen(&socket, inbox).unwrap();

        let stored = Wish::TokenStored("acme".parse().unwrap());
        tell(&socket, &stored, SECOND).await.unwrap();
        assert!(matches!(inputs.recv().await, Some(Input::Event(Event::TokenReplaced(_)))));

        let asked = tokio::spawn(async move { tell(&socket, &Wish::Refresh, SECOND).await });
        let Some(Input::Refresh(done)) = inputs.recv().await else { panic!("no refresh") };
        assert!(!asked.is_finished());
        done.send(()).unwrap();
        asked.await.unwrap().unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_socket_that_can_not_be_reached_is_not_told_as_a_tray_that_does_not_run() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let not_a_folder = dir.path().join("data");
        std::fs::write(&not_a_folder, "").unwrap();
        let told = tell(&not_a_folder.join("control.sock"), &Wish::Refresh, SECOND).await.unwrap_err();
        assert!(matches!(told, InstanceError::Folder { .. }), "{told}");
    });
}

#[cfg(unix)]
#[test]
fn the_socket_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control.sock");
        listen(&socket, mpsc::unbounded_channel().0).unwrap();
        assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    });
}

#[test]
fn what_nobody_understands_is_bounded_and_answered_so() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control.sock");
        let (inbox, mut inputs) = mpsc::unbounded_channel();
        listen(&socket, inbox).unwrap();
        for nonsense in [
            "x\n".to_owned(),
            "token-stored ../../etc\n".to_owned(),
            "y".repeat(100_000),
            // What is cut off may have been another wish.
            format!("open{}\n", " ".repeat(1000)),
        ] {
            let mut stream = system::connect(&socket).await.unwrap();
            // The listener may have turned away before it has read all of it.
            let _ = stream.write_all(nonsense.as_bytes()).await;
            let mut answer = String::new();
            let _ = BufReader::new(&mut stream).read_line(&mut answer).await;
            assert!(answer.is_empty() || answer == "what?\n", "{answer}");
        }
        assert!(inputs.try_recv().is_err());
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_path_is_longer_than_a_sockets_address_works_too() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("d".repeat(120));
        std::fs::create_dir(&folder).unwrap();
        let socket = folder.join("control.sock");
        let (inbox, mut inputs) = mpsc::unbounded_channel();
        listen(&socket, inbox).unwrap();
        tell(&socket, &Wish::Open(None), SECOND).await.unwrap();
        assert!(matches!(inputs.recv().await, Some(Input::Open(_))));
    });
}

#[test]
fn a_crowd_that_says_nothing_is_bounded_and_the_next_wish_comes_through_after_it() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control.sock");
        let heard = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let (at_once, at_most) = (heard.clone(), most.clone());
        let (open, door) = tokio::sync::watch::channel(false);
        // A wish that is granted only when the door opens: so many are inside at a time.
        let grant = move |_| {
            let (at_once, at_most, mut door) = (at_once.clone(), at_most.clone(), door.clone());
            async move {
                let inside = at_once.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                at_most.fetch_max(inside, std::sync::atomic::Ordering::SeqCst);
                let _ = door.wait_for(|open| *open).await;
                at_once.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                true
            }
        };
        listen_with(&socket, grant).unwrap();
        let asking: Vec<_> = (0..PEERS + 20)
            .map(|_| {
                let socket = socket.clone();
                tokio::spawn(async move { tell(&socket, &Wish::Open(None), 60 * SECOND).await })
            })
            .collect();
        while heard.load(std::sync::atomic::Ordering::SeqCst) < PEERS {
            tokio::task::yield_now().await;
        }
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        // It runs, so nobody is told that it does not.
        let late = tell(&socket, &Wish::Open(None), SECOND / 10).await;
        assert!(matches!(late, Err(InstanceError::Silent(_))), "{late:?}");
        open.send(true).unwrap();
        for asked in asking {
            asked.await.unwrap().unwrap();
        }
        assert_eq!(most.load(std::sync::atomic::Ordering::SeqCst), PEERS);
    });
}

#[test]
fn one_who_says_nothing_is_shown_out_after_a_while() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control.sock");
        listen(&socket, mpsc::unbounded_channel().0).unwrap();
        let silent = system::connect(&socket).await.unwrap();
        let mut answer = String::new();
        BufReader::new(silent).read_line(&mut answer).await.unwrap();
        assert_eq!(answer, "what?\n");
    });
}

#[test]
fn a_wish_is_read_as_it_was_written() {
    let id = || "acme".parse().unwrap();
    let views = [View::Page(Page::Settings), View::Edit(id()), View::ReplaceToken(id()), View::About];
    let activation_token = || ActivationToken::new("gnome-shell/foot/2345-2-host_TIME1234");
    let calls = views.map(|view| {
        [WindowRequest::from(view.clone()), WindowRequest { view, activation: activation_token() }]
    });
    let wishes = calls.into_iter().flatten().map(Wish::Show);
    let others = [
        Wish::Refresh,
        Wish::Open(None),
        Wish::Open(activation_token()),
        Wish::ReadConfig,
        Wish::TokenStored(id()),
    ];
    for wish in wishes.chain(others) {
        assert_eq!(Wish::read(&wish.line()), Some(wish));
    }
}

#[test]
fn leave_is_one_word_of_signs_and_goes_with_the_window_alone() {
    assert_eq!(Wish::read("open with a b\n"), None);
    assert_eq!(Wish::read("open with \n"), None);
    assert_eq!(Wish::read("refresh with activation\n"), None);
    assert_eq!(Wish::read("show usage with a with b\n"), None);
    assert_eq!(ActivationToken::new(&"y".repeat(201)), None);
    assert_eq!(ActivationToken::new("a\u{1b}[31m"), None);
}
