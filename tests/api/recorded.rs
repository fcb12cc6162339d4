//! Recorded responses of the real API, with headers and bodies (`tests/recorded`; each file names its source). One body
//! is not original: those who recorded `account_transfer_200` edited it.

use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::linodes::Linode;
use linode_bandwidth::domain::token::{Scopes, Token};
use linode_bandwidth::domain::usage::{Endpoint, Pool};

use super::support::server::{Reply, Server};
use super::{TRANSFER, answered, ask, client, invalid, run, token};

#[test]
fn an_accounts_transfer_gives_its_pools_and_the_tokens_scopes() {
    let answer = answered(Reply::recorded("account_transfer_200")).unwrap();
    assert_eq!(answer.usage.pool, Pool::from_gb(200, 1000, 100));
    let region = Pool::from_gb(100, 500, 50);
    assert_eq!(answer.usage.regions, [("us-east".to_owned(), region), ("us-west".to_owned(), region)]);
    assert_eq!(answer.scopes, Some(Scopes::from("account:read_write")));
}

#[test]
fn a_linodes_transfer_is_asked_for_by_its_id() {
    let server = Server::start();
    let path = "/linode/instances/66613625/transfer";
    server.answer(path, Reply::recorded("instance_transfer_200_nanode_2024-11-05"));
    let answer = run(client(&server.url()).transfer(&token(), &Endpoint::Linode(66_613_625))).unwrap();
    assert_eq!(answer.usage.pool, Pool::from_gb(0, 1854, 0));
    assert_eq!(answer.scopes, Some(Scopes::from("*")));
}

#[test]
fn the_linodes_are_listed_with_name_and_region() {
    let server = Server::start();
    server.answer("/linode/instances?page=1&page_size=500", Reply::recorded("instances_list_200"));
    let linodes = run(client(&server.url()).linodes(&token())).unwrap();
    let label = "go-test-ins-wo-disk-jwn61up693k2".to_owned();
    assert_eq!(linodes, [Linode { id: 82_372_946, label, region: "us-sea".to_owned(), distributed: false }]);
}

#[test]
fn a_token_that_the_api_does_not_know_is_invalid() {
    assert_eq!(answered(Reply::recorded("error_401_invalid_token_get")), Err(Failure::TokenInvalid));
}

#[test]
fn rate_limit_has_a_wait() {
    let limited = |retry_after| Err(Failure::RateLimited { retry_after });
    assert_eq!(answered(Reply::recorded("error_429_json_2024")), limited(None));
    let with_wait = Reply::recorded("error_429_json_2024").header("Retry-After", "25");
    assert_eq!(answered(with_wait), limited(Some(std::time::Duration::from_secs(25))));
}

#[test]
fn a_servers_trouble_is_an_invalid_response_with_the_apis_words() {
    for (name, failure) in [
        ("error_500_json", invalid(500, "Internal server error")),
        ("error_502_json", invalid(502, "Bad gateway")),
        (
            "error_503_json",
            invalid(503, "Cluster API Endpoints are not yet available. Please try again later."),
        ),
        ("profile_tokens_get_404", invalid(404, "Not found")),
    ] {
        assert_eq!(answered(Reply::recorded(name)), Err(failure), "{name}");
    }
}

#[test]
fn our_token_is_found_in_the_list_by_its_first_characters() {
    let server = Server::start();
    server.answer("/profile/tokens?page=1&page_size=500", Reply::recorded("profile_tokens_list_200"));
    let now = "2018-01-01T00:00:00Z".parse().unwrap();
    let found = run(client(&server.url()).own_token(&token(), now)).unwrap().unwrap();
    assert_eq!(found.label.as_deref(), Some("token"));
    assert_eq!(found.scopes, Scopes::from("*"));
    assert_eq!(found.expires_at, Some("2018-01-02T03:04:05Z".parse().unwrap()));
    let other = Token::new("f".repeat(64)).unwrap();
    assert_eq!(run(client(&server.url()).own_token(&other, now)), Ok(None));
}

#[test]
fn the_account_says_whose_it_is() {
    let server = Server::start();
    server.answer("/account", Reply::recorded("account_200"));
    let identity = run(client(&server.url()).identity(&token())).unwrap();
    assert_eq!(identity.company.as_deref(), Some("Example Company"));
    assert_eq!(identity.email.as_deref(), Some("user@example.com"));
    assert_eq!(identity.euuid.as_deref(), Some("A1BC2DEF-34GH-567I-J890KLMN12O34P56"));
}

#[test]
fn the_regions_names_are_asked_for_without_a_token() {
    let server = Server::start();
    server.answer("/regions", Reply::recorded("regions_200"));
    let names = run(client(&server.url()).regions()).unwrap();
    assert_eq!(names.get("id-cgk").map(String::as_str), Some("Jakarta, ID"));
    assert_eq!(names.get("br-gru").map(String::as_str), Some("Sao Paulo, BR"));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("Authorization"), None);
}

#[test]
fn request_has_a_user_agent_and_the_token_only_in_its_header() {
    let server = Server::start();
    server.answer(TRANSFER, Reply::recorded("account_transfer_200"));
    ask(&server).unwrap();
    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", TRANSFER));
    assert_eq!(request.token(), Some(super::TOKEN));
    let program = concat!("linode-bandwidth/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("User-Agent"), Some(program));
}
