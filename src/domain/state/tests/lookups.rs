//! Names of regions and Linodes, prices, and token facts.

use super::*;

#[test]
fn another_api_drops_and_refetches_names_and_prices() {
    let region = |config: &mut Config| config.accounts[0].watch = PoolId::Region("id-cgk".into());
    let mut first = config(&["a"]);
    region(&mut first);
    let mut world = World::with(first.clone());
    assert!(world.round("a", Ok(usage(1, 1000))).contains(&Effect::FetchRegionLabels));
    let moved = Config { api_url: "http://127.0.0.1:9/v4".parse().unwrap(), ..first };
    world.load(moved.clone());
    let names = BTreeMap::from([("id-cgk".to_owned(), "Elsewhere".to_owned())]);
    let prices = Prices::new([(PoolId::Global, 9.0)], None);
    assert_eq!(world.happen(Event::RegionLabelsFetched(ApiUrl::default(), names.clone())), []);
    assert_eq!(world.happen(Event::PricesFetched(ApiUrl::default(), prices)), []);
    assert_eq!((world.account("a").watch_name, &world.state.prices), (None, &Prices::default()));
    assert!(world.round("a", Ok(usage(1, 1000))).contains(&Effect::FetchRegionLabels), "of the other API");
    world.happen(Event::RegionLabelsFetched(moved.api_url, names));
    assert_eq!(world.account("a").watch_name.as_deref(), Some("Elsewhere"));
}

#[test]
fn what_is_known_of_a_token_is_not_said_of_another() {
    let mut world = World::with(config(&["a"]));
    let info = TokenInfo { label: Some("tray".into()), scopes: Scopes::from("*"), expires_at: None };
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::TokenInfoFetched(world.poll("a"), Some(info.clone())));
    assert_eq!(world.account("a").token, Some(info));
    let asks = asked(&world.happen(Event::RefreshRequested));
    assert_eq!(asks[0].fetch_info_unless, Some(TokenId("one".into())));
    let outcome = Ok(Answer { usage: usage(1, 1000), scopes: None, linode_label: None });
    world.happen(Event::PollFinished { poll: world.poll("a"), token: Some(TokenId("two".into())), outcome });
    assert_eq!(world.account("a").token, None);
    assert_eq!(asked(&world.happen(Event::RefreshRequested))[0].fetch_info_unless, None);
}

#[test]
fn token_expiry_is_fetched_daily_and_for_a_new_token() {
    let mut world = World::with(config(&["a"]));
    let expires_at = |text: &str| {
        let at = Some(text.parse().unwrap());
        Some(TokenInfo { label: None, scopes: Scopes::from("account:read_only"), expires_at: at })
    };
    let one = Some(TokenId("one".into()));
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::TokenInfoFetched(world.poll("a"), expires_at("2027-01-01T00:00:00Z")));
    assert_eq!(asked(&world.pass(LOOK_UP_EVERY - MINUTE))[0].fetch_info_unless, one, "known");
    world.round("a", Ok(usage(1, 1000)));
    assert_eq!(asked(&world.pass(2 * INTERVAL))[0].fetch_info_unless, None, "a day later");
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::TokenInfoFetched(world.poll("a"), expires_at("2027-02-01T00:00:00Z")));
    let known = world.account("a").token.unwrap();
    assert_eq!(known.expires_at, Some("2027-02-01T00:00:00Z".parse().unwrap()), "the later answer counts");
    // An answer with an unknown token is followed by a look-up in the same round, because `fetch_info_unless` differs.
    let asks = asked(&world.happen(Event::TokenReplaced(id("a"))));
    assert_eq!(asks[0].fetch_info_unless, one);
    let outcome = Ok(Answer { usage: usage(1, 1000), scopes: None, linode_label: None });
    world.happen(Event::PollFinished { poll: world.poll("a"), token: Some(TokenId("two".into())), outcome });
    assert_eq!(world.account("a").token, None, "the old one's expiry is not the new one's");
}

#[test]
fn watched_linodes_label_is_kept_if_a_poll_lacks_it() {
    let watching = |linode| {
        let mut config = config(&["a"]);
        config.accounts[0].watch = PoolId::Linode(linode);
        config
    };
    let mut world = World::with(watching(7));
    let name = |world: &mut World, label: Option<&str>| {
        let linode_label = label.map(str::to_owned);
        let outcome = Ok(Answer { usage: usage(1, 1000), scopes: None, linode_label });
        world.happen(Event::PollFinished { poll: world.poll("a"), token: None, outcome });
        world.happen(Event::RoundFinished);
        world.account("a").watch_name
    };
    assert_eq!(name(&mut world, Some("web-1")).as_deref(), Some("web-1"));
    world.happen(Event::RefreshRequested);
    assert_eq!(name(&mut world, None).as_deref(), Some("web-1"));
    world.happen(Event::RefreshRequested);
    assert_eq!(name(&mut world, Some("web-2")).as_deref(), Some("web-2"));
    world.load(watching(8));
    assert_eq!(world.account("a").watch_name, None, "not another one's");
}

#[test]
fn a_watched_regions_name_is_asked_for() {
    let mut config = config(&["a"]);
    config.accounts[0].watch = PoolId::Region("id-cgk".into());
    let mut world = World::with(config);
    assert!(world.answer("a", Ok(usage(1, 1000))).contains(&Effect::FetchRegionLabels));
    world.happen(Event::RegionLabelsFetched(
        ApiUrl::default(),
        BTreeMap::from([("id-cgk".into(), "Jakarta, ID".into())]),
    ));
    assert_eq!(world.account("a").watch_name.as_deref(), Some("Jakarta, ID"));
}

#[test]
fn region_labels_are_fetched_daily_with_ids_until_then() {
    let mut world = World::with(config(&["a"]));
    let regions = |ids: &[&str]| Usage {
        regions: ids.iter().map(|id| ((*id).to_owned(), Pool::default())).collect(),
        ..usage(1, 1000)
    };
    let names = |world: &World| -> Vec<String> {
        world.account("a").regions.into_iter().map(|region| region.label).collect()
    };
    assert!(world.round("a", Ok(regions(&["id-cgk"]))).contains(&Effect::FetchRegionLabels));
    assert_eq!(names(&world), ["id-cgk"]);
    let jakarta = BTreeMap::from([("id-cgk".to_owned(), "Jakarta, ID".to_owned())]);
    let effects = world.happen(Event::RegionLabelsFetched(ApiUrl::default(), jakarta.clone()));
    assert_eq!(effects, [Effect::Store(StoreCommand::SaveRegions(jakarta))]);
    assert_eq!(names(&world), ["Jakarta, ID"]);
    world.pass(INTERVAL);
    let effects = world.round("a", Ok(regions(&["id-cgk", "br-gru"])));
    assert!(!effects.contains(&Effect::FetchRegionLabels), "not twice a day");
    assert_eq!(names(&world), ["Jakarta, ID", "br-gru"]);
    world.pass(LOOK_UP_EVERY);
    assert!(world.round("a", Ok(regions(&["id-cgk", "br-gru"]))).contains(&Effect::FetchRegionLabels));
}

#[test]
fn prices_are_fetched_daily_once_a_forecast_has_a_cost() {
    let mut world = World::with(config(&["a"]));
    let asks = |effects: Vec<Effect>| effects.contains(&Effect::FetchPrices);
    assert!(!asks(world.round("a", Ok(usage(300, 1000)))));
    assert!(asks(world.round("a", Ok(usage(830, 1000)))));
    assert!(!asks(world.round("a", Ok(usage(831, 1000)))));
    let cost = |world: &World| world.account("a").forecast.unwrap().over_usd.unwrap();
    let by_default = cost(&world);
    let prices = Prices::new([(PoolId::Global, 0.01)], None);
    assert_eq!(
        world.happen(Event::PricesFetched(ApiUrl::default(), prices.clone())),
        [Effect::Store(StoreCommand::SavePrices(prices.clone()))]
    );
    assert!((cost(&world) - 2.0 * by_default).abs() < 0.000_001);
    world.now += LOOK_UP_EVERY;
    assert!(asks(world.round("a", Ok(usage(832, 1000)))));
    // Nor at each start.
    let mut world =
        World::new(PersistedState { prices, prices_told_at: Some(start()), ..PersistedState::default() });
    world.now += LOOK_UP_EVERY / 2;
    world.load(config(&["a"]));
    assert!(!asks(world.round("a", Ok(usage(900, 1000)))));
    assert!(cost(&world) > by_default);
}

#[test]
fn failed_names_and_prices_are_refetched_after_an_hour() {
    let (mut world, api) = (World::with(config(&["a"])), ApiUrl::default());
    let figures = || Ok(Usage { regions: vec![("id-cgk".into(), Pool::default())], ..usage(830, 1000) });
    let both = |effects: &[Effect]| {
        (effects.contains(&Effect::FetchRegionLabels), effects.contains(&Effect::FetchPrices))
    };
    world.answer("a", Ok(usage(1, 1000)));
    world.now += Duration::from_secs(2 * 24 * 3600);
    world.happen(Event::RefreshRequested);
    assert_eq!(both(&world.round("a", figures())), (true, true));
    world.happen(Event::RegionLabelsFailed(api.clone()));
    world.happen(Event::PricesFailed(api.clone()));
    let mut asked = Vec::new();
    for minutes in [59, 1, 59, 1] {
        world.now += MINUTE * minutes;
        world.happen(Event::RefreshRequested);
        let again = both(&world.round("a", figures()));
        if again == (true, true) {
            world.happen(Event::RegionLabelsFailed(api.clone()));
            world.happen(Event::PricesFailed(api.clone()));
        }
        asked.push(again);
    }
    assert_eq!(asked, [(false, false), (true, true), (false, false), (true, true)]);
}
