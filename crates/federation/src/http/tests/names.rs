//! Names that resolve to nothing, to something else the next time, or to several addresses.

use std::sync::atomic::AtomicBool;

use super::*;

/// A client whose names are resolved by a function.
fn resolving(
    names: impl Fn(&str) -> std::io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
) -> Http {
    Http::new(HttpOptions {
        names: Some(Arc::new(names)),
        ..options()
    })
    .unwrap()
}

fn at(address: &str) -> Vec<SocketAddr> {
    vec![format!("{address}:0").parse().unwrap()]
}

/// SF-12: what a name is found to be is judged each time that it is found, and what is connected to is what was judged.
#[tokio::test]
async fn a_name_that_turns_to_our_own_address_reaches_nothing_there() {
    let canary = Server::start(|_| activity(&json!({})));
    // A network that the operator opened stands for the public one: nothing of this test leaves the machine.
    let open = "127.0.0.2/32".parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = asked.clone();
    let client = Http::new(HttpOptions {
        addresses: AddressPolicy {
            insecure: false,
            private_networks: vec![open],
        },
        names: Some(Arc::new(move |_: &str| {
            // First where nobody listens, then always where the canary is.
            Ok(match seen.fetch_add(1, Ordering::SeqCst) {
                0 => at("127.0.0.2"),
                _ => at("127.0.0.1"),
            })
        })),
        ..options()
    })
    .unwrap();
    let url = Url::parse(&format!("https://turning.example:{}/", canary.port)).unwrap();
    let first = client.fetch_document(&url, Wanted::ACTIVITY, None).await;
    assert!(matches!(first, Err(FetchError::Network(_))), "{first:?}");
    assert_eq!(
        asked.load(Ordering::SeqCst),
        1,
        "what was found was not used"
    );
    for _ in 0..3 {
        let again = client.fetch_document(&url, Wanted::ACTIVITY, None).await;
        assert!(matches!(again, Err(FetchError::Blocked(_))), "{again:?}");
        let posted = client.post(&url, Bytes::new(), HeaderMap::new()).await;
        assert!(matches!(posted, Err(FetchError::Blocked(_))), "{posted:?}");
    }
    assert_eq!(canary.connections.load(Ordering::SeqCst), 0);
}

/// The same where the answer holds both at once.
#[tokio::test]
async fn of_a_mixed_answer_only_the_open_address_is_tried() {
    let canary = Server::start(|_| activity(&json!({})));
    let client = Http::new(HttpOptions {
        addresses: AddressPolicy {
            insecure: false,
            private_networks: vec!["127.0.0.2/32".parse().unwrap()],
        },
        names: Some(Arc::new(|_: &str| {
            Ok([at("127.0.0.1"), at("127.0.0.2"), at("[::ffff:127.0.0.1]")].concat())
        })),
        ..options()
    })
    .unwrap();
    let url = Url::parse(&format!("https://mixed.example:{}/", canary.port)).unwrap();
    let fetched = client.fetch_document(&url, Wanted::ACTIVITY, None).await;
    assert!(
        matches!(fetched, Err(FetchError::Network(_))),
        "{fetched:?}"
    );
    assert_eq!(canary.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_is_not_found_may_be_found_later() {
    let server = Server::start(|_| activity(&json!({})));
    let up = Arc::new(AtomicBool::new(false));
    let is_up = up.clone();
    let client = resolving(move |name| {
        assert_eq!(name, "peer.example");
        if is_up.load(Ordering::SeqCst) {
            return Ok(at("127.0.0.1"));
        }
        Err(std::io::Error::other("no name server answers"))
    });
    let url = Url::parse(&format!("http://peer.example:{}/x", server.port)).unwrap();
    let error = client
        .fetch_document(&url, Wanted::ACTIVITY, None)
        .await
        .unwrap_err();
    assert!(
        error.is_temporary() && error.to_string().contains("dns"),
        "{error}"
    );
    up.store(true, Ordering::SeqCst);
    client
        .fetch_document(&url, Wanted::ACTIVITY, None)
        .await
        .unwrap();
    assert_eq!(server.paths(), ["/x"]);
}

#[tokio::test]
async fn a_name_without_addresses_is_no_place_to_go() {
    let client = resolving(|_| Ok(Vec::new()));
    let url = Url::parse("http://nobody.example/x").unwrap();
    let outcome = client.fetch_document(&url, Wanted::ACTIVITY, None).await;
    assert!(outcome.is_err(), "{outcome:?}");
}
