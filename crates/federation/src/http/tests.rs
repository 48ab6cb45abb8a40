//! The client against small servers on loopback.

mod names;
mod tls;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderName;
use serde_json::json;

use super::network::permitted;
use super::*;
use crate::keys::tests::pair;
use crate::keys::{SigningKey, VerifyingKey};
use crate::signature::{Policy, inspect};

const NOW: i64 = 1_767_690_000;

/// A request as the server saw it.
#[derive(Clone)]
struct Seen {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A server that answers each request by a function, and remembers what it saw.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: impl Fn(&Seen) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            port,
            seen: Arc::default(),
            connections: Arc::default(),
        };
        let (seen, connections, answer) = (
            server.seen.clone(),
            server.connections.clone(),
            Arc::new(answer),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || {
                    if let Some(request) = read_request(&stream) {
                        seen.lock().unwrap().push(request.clone());
                        let _ = (&stream).write_all(&answer(&request));
                    }
                });
            }
        });
        server
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).unwrap()
    }

    fn paths(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.path.clone())
            .collect()
    }
}

fn read_request(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.parse().ok()?, words.next()?.to_owned());
    let mut headers = HeaderMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).ok()?,
            value.parse().ok()?,
        );
    }
    let length = headers
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen {
        method,
        path,
        headers,
        body,
    })
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn activity(body: &Value) -> Vec<u8> {
    answer(
        "200 OK",
        "content-type: application/activity+json\r\n",
        body.to_string().as_bytes(),
    )
}

fn redirect(to: &str) -> Vec<u8> {
    answer("302 Found", &format!("location: {to}\r\n"), b"")
}

fn options() -> HttpOptions {
    let mut options = HttpOptions::new("Parvis/test (+http://127.0.0.1/)", Arc::new(|| NOW));
    options.addresses.insecure = true;
    options
}

fn client() -> Http {
    Http::new(options()).unwrap()
}

fn signer() -> Signer {
    Signer {
        key: SigningKey::from_pkcs8_pem(&pair().private_pem).unwrap(),
        key_id: "http://127.0.0.1/#main-key".to_owned(),
    }
}

#[tokio::test]
async fn a_document_is_fetched_with_its_type_and_tag() {
    let server = Server::start(|_| {
        answer(
            "200 OK",
            "content-type: application/activity+json; charset=utf-8\r\netag: \"7\"\r\n",
            b"{}",
        )
    });
    let fetched = client()
        .fetch_document(&server.url("/p/1#x"), Wanted::ACTIVITY, None)
        .await
        .unwrap();
    assert_eq!(
        (
            fetched.final_url,
            fetched.body.as_ref(),
            fetched.etag.as_deref()
        ),
        (server.url("/p/1"), &b"{}"[..], Some("\"7\""))
    );
    let seen = server.seen.lock().unwrap();
    assert_eq!(
        seen[0].headers["user-agent"],
        "Parvis/test (+http://127.0.0.1/)"
    );
    assert!(
        seen[0].headers["accept"]
            .to_str()
            .unwrap()
            .starts_with("application/activity+json")
    );
    assert!(!seen[0].headers.contains_key("signature"));
}

#[tokio::test]
async fn a_signed_get_verifies_at_the_other_end_and_carries_one_host() {
    let server = Server::start(|_| activity(&json!({})));
    let url = server.url("/c/urbanisme?page=1");
    client()
        .fetch_document(&url, Wanted::ACTIVITY, Some(&signer()))
        .await
        .unwrap();
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen[0].headers.get_all(HOST).iter().count(), 1);
    let authority = format!("127.0.0.1:{}", server.port);
    let policy = Policy {
        authority: &authority,
        scheme: "http",
        now: NOW,
    };
    let key = VerifyingKey::from_pem(&pair().public_pem).unwrap();
    let pending = inspect(
        &seen[0].method,
        &seen[0].path,
        &seen[0].headers,
        None,
        &policy,
    )
    .unwrap();
    assert_eq!(pending.verify(&key), Ok(()));
}

#[tokio::test]
async fn a_peer_that_signs_without_the_query_is_asked_twice() {
    let server = Server::start(|request| {
        let authority = request.headers[HOST].to_str().unwrap().to_owned();
        let policy = Policy {
            authority: &authority,
            scheme: "http",
            now: NOW,
        };
        let bare = request.path.split('?').next().unwrap();
        let key = VerifyingKey::from_pem(&pair().public_pem).unwrap();
        match inspect(&request.method, bare, &request.headers, None, &policy)
            .and_then(|pending| pending.verify(&key))
        {
            Ok(()) => activity(&json!({})),
            Err(_) => answer("401 Unauthorized", "", b""),
        }
    });
    client()
        .fetch_document(&server.url("/o?page=1"), Wanted::ACTIVITY, Some(&signer()))
        .await
        .unwrap();
    assert_eq!(server.paths(), ["/o?page=1", "/o?page=1"]);
}

#[tokio::test]
async fn statuses_become_reasons() {
    let server = Server::start(|request| answer(request.path.trim_start_matches('/'), "", b""));
    for (path, error) in [
        ("/404", FetchError::NotFound),
        ("/410", FetchError::Gone),
        ("/401", FetchError::Refused(401)),
        ("/500", FetchError::Refused(500)),
        ("/204", FetchError::Refused(204)),
    ] {
        let outcome = client()
            .fetch_document(&server.url(path), Wanted::ACTIVITY, None)
            .await;
        assert_eq!(outcome.unwrap_err(), error, "{path}");
    }
}

#[tokio::test]
async fn a_document_of_another_type_is_refused() {
    let server = Server::start(|request| {
        let kind = request.path.trim_start_matches('/').replace("%2B", "+");
        answer("200 OK", &format!("content-type: {kind}\r\n"), b"{}")
    });
    for kind in ["application/json", "text/html", "application/ld%2Bjson"] {
        let outcome = client()
            .fetch_document(&server.url(&format!("/{kind}")), Wanted::ACTIVITY, None)
            .await;
        assert!(matches!(outcome, Err(FetchError::WrongType(_))), "{kind}");
    }
}

#[test]
fn an_activitypub_type_is_known_in_any_spelling() {
    let profile = r#"profile="https://www.w3.org/ns/activitystreams""#;
    for good in [
        "application/activity+json".to_owned(),
        "Application/Activity+JSON;charset=utf-8".to_owned(),
        format!("application/ld+json;{profile};charset=UTF-8"),
        format!("application/ld+json ; charset=UTF-8 ; {profile}"),
        format!("APPLICATION/LD+JSON;  {}", profile.replace("profile", "Profile")),
        r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams https://w3id.org/security/v1""#.to_owned(),
        "application/ld+json; profile=https://www.w3.org/ns/activitystreams".to_owned(),
        r#"application/ld+json; x="a;profile=b"; profile="https://www.w3.org/ns/activitystreams""#.to_owned(),
    ] {
        assert!(is_activitypub(&good), "{good}");
    }
    for bad in [
        "",
        "application/json",
        "text/html",
        "application/ld+json",
        r#"application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted""#,
        r#"application/ld+json; x="profile=https://www.w3.org/ns/activitystreams""#,
        "application/activity+jsonx",
        r#"text/html; profile="https://www.w3.org/ns/activitystreams""#,
    ] {
        assert!(!is_activitypub(bad), "{bad}");
    }
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_relative_ones_too() {
    let server = Server::start(|request| match request.path.as_str() {
        "/0" => redirect("1"),
        "/1" => redirect("/2"),
        "/2" => redirect("3?x=1"),
        "/loop" => redirect("/loop"),
        _ => activity(&json!({})),
    });
    let fetched = client()
        .fetch_document(&server.url("/0"), Wanted::ACTIVITY, None)
        .await
        .unwrap();
    assert_eq!(fetched.final_url, server.url("/3?x=1"));
    let outcome = client()
        .fetch_document(&server.url("/loop"), Wanted::ACTIVITY, None)
        .await;
    assert_eq!(
        outcome.unwrap_err(),
        FetchError::Blocked("too many redirects")
    );
    assert_eq!(
        server
            .paths()
            .iter()
            .filter(|path| *path == "/loop")
            .count(),
        4
    );
}

#[tokio::test]
async fn every_hop_is_checked_as_if_asked_for() {
    for target in [
        "http://169.254.169.254/latest/",
        "file:///etc/passwd",
        "http://good.example@127.0.0.1:1/",
        "http://0.0.0.0:1/",
        "gopher://127.0.0.1/",
    ] {
        let server = Server::start(move |_| redirect(target));
        let outcome = client()
            .fetch_document(&server.url("/"), Wanted::ACTIVITY, None)
            .await;
        assert!(
            matches!(outcome, Err(FetchError::Blocked(_))),
            "{target}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_ordinary_node_reaches_no_private_address_by_any_name() {
    let canary = Server::start(|_| activity(&json!({})));
    let strict = Http::new(HttpOptions {
        addresses: AddressPolicy::default(),
        ..options()
    })
    .unwrap();
    let port = canary.port;
    for host in [
        "localhost",
        "127.0.0.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
    ] {
        let url = Url::parse(&format!("https://{host}:{port}/")).unwrap();
        let outcome = strict.fetch_document(&url, Wanted::ACTIVITY, None).await;
        assert!(
            matches!(outcome, Err(FetchError::Blocked(_))),
            "{host}: {outcome:?}"
        );
        let outcome = strict.post(&url, Bytes::new(), HeaderMap::new()).await;
        assert!(
            matches!(outcome, Err(FetchError::Blocked(_))),
            "{host}: {outcome:?}"
        );
    }
    // Not every resolver knows this spelling.
    let url = Url::parse(&format!("https://localhost.:{port}/")).unwrap();
    assert!(
        strict
            .fetch_document(&url, Wanted::ACTIVITY, None)
            .await
            .is_err()
    );
    let outcome = strict
        .fetch_document(&canary.url("/"), Wanted::ACTIVITY, None)
        .await;
    assert_eq!(
        outcome.unwrap_err(),
        FetchError::Blocked("the scheme is not https")
    );
    assert_eq!(canary.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn of_several_addresses_only_the_open_ones_are_kept() {
    let all = [
        "1.1.1.1:0",
        "127.0.0.1:0",
        "[2606:4700::1111]:0",
        "[::ffff:10.0.0.1]:0",
    ]
    .map(|address| address.parse().unwrap())
    .to_vec();
    let kept = permitted(all, &AddressPolicy::default());
    assert_eq!(
        kept,
        [
            "1.1.1.1:0".parse().unwrap(),
            "[2606:4700::1111]:0".parse().unwrap()
        ] as [SocketAddr; 2]
    );
}

#[tokio::test]
async fn a_name_is_resolved_by_us_and_reaches_an_allowed_address() {
    let server = Server::start(|_| activity(&json!({})));
    let url = Url::parse(&format!("http://localhost:{}/x", server.port)).unwrap();
    client()
        .fetch_document(&url, Wanted::ACTIVITY, None)
        .await
        .unwrap();
    assert_eq!(server.paths(), ["/x"]);
}

#[tokio::test]
async fn the_node_never_talks_to_itself() {
    let server = Server::start(|_| activity(&json!({})));
    let own = Http::new(HttpOptions {
        own: Origin::of(&server.url("/")),
        ..options()
    })
    .unwrap();
    let blocked = FetchError::Blocked("it is on this node");
    assert_eq!(
        own.fetch_document(&server.url("/u/ana"), Wanted::ACTIVITY, None)
            .await
            .unwrap_err(),
        blocked
    );
    assert_eq!(
        own.post(&server.url("/inbox"), Bytes::new(), HeaderMap::new())
            .await
            .unwrap_err(),
        blocked
    );
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_is_cut_at_a_mebibyte_with_and_without_announced_length() {
    let limit = 1024 * 1024;
    let server = Server::start(move |request| {
        let kind = "content-type: application/activity+json\r\n";
        match request.path.as_str() {
            "/fits" => answer("200 OK", kind, &vec![b' '; limit]),
            "/long" => answer("200 OK", kind, &vec![b' '; limit + 1]),
            _ => {
                let mut bytes =
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{kind}\r\n").into_bytes();
                bytes.extend(vec![b' '; 3 * limit]);
                bytes
            }
        }
    });
    assert_eq!(
        client()
            .fetch_document(&server.url("/fits"), Wanted::ACTIVITY, None)
            .await
            .unwrap()
            .body
            .len(),
        limit
    );
    for path in ["/long", "/unannounced"] {
        let outcome = client()
            .fetch_document(&server.url(path), Wanted::ACTIVITY, None)
            .await;
        assert_eq!(outcome.unwrap_err(), FetchError::TooLarge, "{path}");
    }
}

#[tokio::test]
async fn a_packed_body_is_unpacked_up_to_its_bound() {
    let server = Server::start(|request| {
        let size = request.path.trim_start_matches('/').parse().unwrap();
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&vec![b' '; size]).unwrap();
        let headers = "content-type: application/activity+json\r\ncontent-encoding: gzip\r\n";
        answer("200 OK", headers, &packer.finish().unwrap())
    });
    let fits = 4 * 1024 * 1024;
    let fetched = client()
        .fetch_document(&server.url(&format!("/{fits}")), Wanted::ACTIVITY, None)
        .await
        .unwrap();
    assert_eq!(fetched.body.len(), fits);
    let outcome = client()
        .fetch_document(
            &server.url(&format!("/{}", 2 * fits)),
            Wanted::ACTIVITY,
            None,
        )
        .await;
    assert_eq!(outcome.unwrap_err(), FetchError::TooLarge);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let hasty = Http::new(HttpOptions {
        total_timeout: Duration::from_millis(50),
        ..options()
    })
    .unwrap();
    assert_eq!(
        hasty
            .fetch_document(&url, Wanted::ACTIVITY, None)
            .await
            .unwrap_err(),
        FetchError::Timeout
    );
    assert_eq!(
        hasty
            .post(&url, Bytes::from_static(b"{}"), HeaderMap::new())
            .await
            .unwrap_err(),
        FetchError::Timeout
    );
}

#[tokio::test]
async fn an_object_is_taken_only_with_its_own_id() {
    let server = Server::start(|request| {
        let base = format!("http://{}", request.headers[HOST].to_str().unwrap());
        activity(&match request.path.as_str() {
            "/p/1" => json!({"id": format!("{base}/p/1"), "name": "own"}),
            "/alias" => json!({"id": format!("{base}/p/1"), "name": "copy"}),
            "/liar" => json!({"id": format!("{base}/alias"), "name": "lie"}),
            "/anonymous" => json!({"name": "x"}),
            _ => json!([]),
        })
    });
    let http = client();
    for path in ["/p/1", "/alias"] {
        let (object, id) = http.fetch_object(&server.url(path), None).await.unwrap();
        assert_eq!(
            (object["name"].as_str(), id),
            (Some("own"), server.url("/p/1")),
            "{path}"
        );
    }
    for path in ["/liar", "/anonymous", "/list"] {
        let outcome = http.fetch_object(&server.url(path), None).await;
        assert!(
            matches!(outcome, Err(FetchError::Malformed(_))),
            "{path}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_object_of_another_host_is_taken_from_there_or_not_at_all() {
    let good = Server::start(|request| {
        let base = format!("http://{}", request.headers[HOST].to_str().unwrap());
        match request.path.as_str() {
            "/p/1" => activity(&json!({"id": format!("{base}/p/1"), "content": "true"})),
            _ => answer("404 Not Found", "", b""),
        }
    });
    let port = good.port;
    let evil = Server::start(move |request| {
        activity(
            &json!({"id": format!("http://127.0.0.1:{port}{}", request.path), "content": "forged"}),
        )
    });
    let (object, id) = client()
        .fetch_object(&evil.url("/p/1"), None)
        .await
        .unwrap();
    assert_eq!(
        (object["content"].as_str(), id),
        (Some("true"), good.url("/p/1"))
    );
    assert_eq!(
        client()
            .fetch_object(&evil.url("/p/2"), None)
            .await
            .unwrap_err(),
        FetchError::NotFound
    );
    // Bounced back by a redirect of the good host, the forged text still isn't its own.
    let evil_port = evil.port;
    let open = Server::start(move |_| redirect(&format!("http://127.0.0.1:{evil_port}/p/9")));
    let open_port = open.port;
    let liar = Server::start(move |_| {
        activity(&json!({"id": format!("http://127.0.0.1:{open_port}/p/9")}))
    });
    assert!(
        client()
            .fetch_object(&liar.url("/p/9"), None)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_failed_key_is_not_asked_for_again_at_once() {
    let server = Server::start(|request| match request.path.as_str() {
        "/gone" => answer("410 Gone", "", b""),
        path => activity(&json!({"id": path})),
    });
    let http = client();
    for _ in 0..20 {
        assert_eq!(
            http.fetch_key(&server.url("/gone#main-key"), None)
                .await
                .unwrap_err(),
            FetchError::Gone
        );
    }
    assert_eq!(server.paths(), ["/gone"]);
    assert_eq!(
        http.fetch_key(&server.url("/u/bob#main-key"), None)
            .await
            .unwrap()
            .1,
        server.url("/u/bob")
    );
}

#[tokio::test]
async fn a_dead_host_is_dead_for_all_its_keys() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let http = client();
    let url = |path: &str| Url::parse(&format!("http://127.0.0.1:{port}{path}")).unwrap();
    assert!(matches!(
        http.fetch_key(&url("/u/1"), None).await,
        Err(FetchError::Network(_))
    ));
    let revived = TcpListener::bind(("127.0.0.1", port)).unwrap();
    revived.set_nonblocking(true).unwrap();
    assert!(matches!(
        http.fetch_key(&url("/u/2"), None).await,
        Err(FetchError::Network(_))
    ));
    assert!(revived.accept().is_err());
}

#[tokio::test]
async fn one_slow_address_says_nothing_of_the_host() {
    let server = Server::start(|request| {
        if request.path == "/slow" {
            std::thread::park_timeout(Duration::from_secs(6));
        }
        activity(&json!({"id": format!(
            "http://{}{}",
            request.headers[HOST].to_str().unwrap(),
            request.path
        )}))
    });
    let http = client();
    let slow = http.fetch_key(&server.url("/slow"), None).await;
    assert_eq!(slow.unwrap_err(), FetchError::Timeout);
    assert!(http.fetch_key(&server.url("/u/1"), None).await.is_ok());
    // The address itself is not tried again so soon.
    let slow = http.fetch_key(&server.url("/slow"), None).await;
    assert_eq!(slow.unwrap_err(), FetchError::Timeout);
}

#[test]
fn refusals_are_remembered_ten_times_as_long_as_failures() {
    use moka::Expiry as _;
    let life = |failure: &FetchError| {
        FailureLife
            .expire_after_create(&String::new(), failure, Instant::now())
            .unwrap()
    };
    for failure in [
        FetchError::Gone,
        FetchError::NotFound,
        FetchError::Refused(403),
    ] {
        assert_eq!(life(&failure), REFUSAL_LIFE);
    }
    for failure in [
        FetchError::Timeout,
        FetchError::Network(String::new()),
        FetchError::Refused(502),
    ] {
        assert_eq!(life(&failure), FAILURE_LIFE);
    }
}

#[tokio::test]
async fn at_most_four_fetches_of_one_host_run_at_once() {
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let gate = Arc::new(std::sync::Barrier::new(PER_HOST));
    let (counter, peak) = (running.clone(), most.clone());
    let server = Server::start(move |_| {
        peak.fetch_max(counter.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // Answers go out only when as many requests are in as may be.
        gate.wait();
        counter.fetch_sub(1, Ordering::SeqCst);
        activity(&json!({}))
    });
    let http = client();
    let urls: Vec<Url> = (0..3 * PER_HOST)
        .map(|n| server.url(&format!("/{n}")))
        .collect();
    let fetches = urls
        .iter()
        .map(|url| http.fetch_document(url, Wanted::ACTIVITY, None));
    for outcome in futures::future::join_all(fetches).await {
        outcome.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), PER_HOST);
}

#[tokio::test]
async fn a_delivery_tells_status_and_delay_and_follows_nothing() {
    let server = Server::start(|request| match request.path.as_str() {
        "/busy" => answer(
            "429 Too Many Requests",
            "retry-after: 120\r\n",
            b"slow down",
        ),
        "/later" => answer(
            "503 Service Unavailable",
            "retry-after: Tue, 06 Jan 2026 09:05:00 GMT\r\n",
            b"",
        ),
        "/moved" => redirect("/elsewhere"),
        "/chatty" => answer("202 Accepted", "", &vec![b'x'; 100_000]),
        _ => answer("202 Accepted", "", b""),
    });
    let http = client();
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("wrong.example"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/activity+json"),
    );
    for (path, status, wait) in [
        ("/inbox", 202, None),
        ("/busy", 429, Some(120)),
        ("/later", 503, Some(300)),
        ("/moved", 302, None),
        ("/chatty", 202, None),
    ] {
        let outcome = http
            .post(
                &server.url(path),
                Bytes::from_static(b"{\"a\":1}"),
                headers.clone(),
            )
            .await
            .unwrap();
        assert_eq!(
            (outcome.status.as_u16(), outcome.retry_after),
            (status, wait.map(Duration::from_secs)),
            "{path}"
        );
    }
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen.len(), 5);
    assert_eq!(seen[0].body, b"{\"a\":1}");
    assert_eq!(seen[0].headers[CONTENT_TYPE], "application/activity+json");
    assert_eq!(
        seen[0].headers[HOST],
        format!("127.0.0.1:{}", server.port).as_str()
    );
}

#[test]
fn a_file_of_authorities_without_any_is_an_error() {
    for pem in [
        &b""[..],
        b"nothing",
        b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    ] {
        let outcome = Http::new(HttpOptions {
            ca_pem: Some(pem.to_vec()),
            ..options()
        });
        assert!(matches!(outcome, Err(SetupError::Ca)), "{pem:?}");
    }
}
