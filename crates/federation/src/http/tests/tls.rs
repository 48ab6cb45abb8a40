//! A peer whose certificate ran out, and which then has another. The certificates beside this file are for these tests
//! only: an authority, and two for `localhost` of which one ended in 2020 and the other ends in 2099.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

const AUTHORITY: &[u8] = include_bytes!("ca.pem");
const EXPIRED: &[u8] = include_bytes!("expired.pem");
const VALID: &[u8] = include_bytes!("valid.pem");
const KEY: &[u8] = include_bytes!("key.pem");

fn tls(certificate: &[u8]) -> Arc<rustls::ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

/// Answers every connection with an empty object, behind the certificate that it has at the moment.
fn start(certificate: Arc<Mutex<Arc<rustls::ServerConfig>>>, answered: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let config = certificate.lock().unwrap().clone();
            let mut session = rustls::ServerConnection::new(config).unwrap();
            let mut secure = rustls::Stream::new(&mut session, &mut stream);
            let mut head = [0; 4096];
            if secure.read(&mut head).is_ok_and(|read| read > 0) {
                answered.fetch_add(1, Ordering::SeqCst);
                let _ = secure.write_all(&activity(&json!({})));
                session.send_close_notify();
                let _ = session.complete_io(&mut stream);
            }
        }
    });
    port
}

#[tokio::test]
async fn an_expired_certificate_is_said_and_nothing_is_sent_until_there_is_another() {
    let certificate = Arc::new(Mutex::new(tls(EXPIRED)));
    let answered = Arc::new(AtomicUsize::new(0));
    let port = start(certificate.clone(), answered.clone());
    let client = Http::new(HttpOptions {
        ca_pem: Some(AUTHORITY.to_vec()),
        ..options()
    })
    .unwrap();
    let url = Url::parse(&format!("https://localhost:{port}/inbox")).unwrap();
    let fetched = client.fetch_document(&url, Wanted::ACTIVITY, None).await;
    let posted = client
        .post(&url, Bytes::from_static(b"{}"), HeaderMap::new())
        .await;
    for error in [fetched.unwrap_err(), posted.unwrap_err()] {
        // What is temporary is tried again: the delivery waits as for any other outage.
        assert!(error.is_temporary(), "{error}");
        assert!(error.to_string().contains("tls: "), "{error}");
        assert!(error.to_string().contains("xpired"), "{error}");
    }
    assert_eq!(answered.load(Ordering::SeqCst), 0, "something was sent");
    *certificate.lock().unwrap() = tls(VALID);
    let posted = client
        .post(&url, Bytes::from_static(b"{}"), HeaderMap::new())
        .await;
    assert!(posted.is_ok(), "{posted:?}");
    assert_eq!(answered.load(Ordering::SeqCst), 1);
}
