//! What happens around every request: its id, its span in the log, the headers that protect readers, the time that a
//! body may take, and how a panic is told. Errors get their form in [`crate::error::present`].

use std::future::Future as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use parvis_forum::Config;
use tokio::time::Sleep;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use crate::error::AppError;
use crate::extract::client::Peer;
use crate::extract::upload;
use crate::state::AppState;

/// How long a body may take to arrive as a whole.
const BODY_TIME: Duration = Duration::from_secs(30);
/// The same for a form with a file, which people may send over a slow line.
const UPLOAD_TIME: Duration = Duration::from_mins(3);
/// How much of the body of a refused request is read and thrown away, and for how long.
const WASTE: usize = 8 * 1024 * 1024;
const WASTE_TIME: Duration = Duration::from_secs(3);

/// Names a request in the log, in the header `X-Request-Id`, and in a 5xx.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Gives the request its id and its span, and notes how it ended. Never bodies, tokens or addresses.
pub async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = hex::encode(rand::random::<[u8; 8]>());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str)
        .to_owned();
    let matched = route.clone();
    let span = tracing::info_span!(
        "request",
        method = %request.method(),
        route,
        request_id = id,
        status = tracing::field::Empty,
        duration_ms = tracing::field::Empty,
    );
    request.extensions_mut().insert(RequestId(id.clone()));
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    state.requests.count(&matched, status, started.elapsed());
    span.record("status", status);
    span.record(
        "duration_ms",
        u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
    span.in_scope(|| tracing::debug!("answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// The headers that protect readers, made once.
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    policy: HeaderValue,
    /// For the pages whose form may end on another site.
    leaving: HeaderValue,
    https: bool,
}

impl SecurityHeaders {
    /// For a node with these settings.
    ///
    /// # Panics
    ///
    /// Never: the texts are ASCII.
    pub fn new(config: &Config) -> Self {
        let policy = |forms: &str| {
            let text = format!(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
                 font-src 'self'; connect-src 'self'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
            );
            HeaderValue::from_str(&text).expect("ASCII")
        };
        Self {
            policy: policy("'self'"),
            leaving: if config.federation.insecure {
                policy("'self' https: http:")
            } else {
                policy("'self' https:")
            },
            https: config.is_https(),
        }
    }

    fn write(&self, path: &str, headers: &mut HeaderMap) {
        let policy = if matches!(path, "/follow" | "/login" | "/logout") {
            &self.leaving
        } else {
            &self.policy
        };
        // A file of somebody has a stricter one of its own.
        headers
            .entry(CONTENT_SECURITY_POLICY)
            .or_insert_with(|| policy.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static(
                "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            ),
        );
        if self.https {
            headers.insert(
                STRICT_TRANSPORT_SECURITY,
                HeaderValue::from_static("max-age=31536000"),
            );
        }
    }
}

/// Puts the headers that protect readers on every answer.
pub async fn protect(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    state.security.write(&path, response.headers_mut());
    response
}

/// Gives a request to another router, which finds nothing of the first one's routing in it.
pub(crate) async fn hand_over(router: Router, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut kept = Extensions::new();
    if let Some(id) = parts.extensions.remove::<RequestId>() {
        kept.insert(id);
    }
    if let Some(peer) = parts.extensions.remove::<Peer>() {
        kept.insert(peer);
    }
    parts.extensions = kept;
    router
        .oneshot(Request::from_parts(parts, body))
        .await
        .into_response()
}

/// Makes a panic a 500 like any other.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that the layer wants"
)]
pub fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    AppError::Internal(format!("panic: {text}")).into_response()
}

/// Bounds the time that the body may take. When a request is refused before its body was read, some of the rest is read
/// and thrown away before the answer: a client that is still sending would see a broken connection instead.
pub async fn hurry(request: Request, next: Next) -> Response {
    let left = Left::default();
    let time = if upload::has_files(request.headers()) {
        UPLOAD_TIME
    } else {
        BODY_TIME
    };
    let request = request.map(|body| {
        Body::new(Hurried {
            inner: Some(body),
            end: Box::pin(tokio::time::sleep(time)),
            left: left.clone(),
        })
    });
    let response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
        let rest = left.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(rest) = rest {
            // Too slow is no matter: the answer goes out anyway.
            let _ = tokio::time::timeout(WASTE_TIME, waste(rest)).await;
        }
    }
    response
}

async fn waste(mut body: Body) {
    let mut size = 0;
    while size < WASTE {
        match body.frame().await {
            Some(Ok(frame)) => size += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
}

/// Where a body is left that nobody read to its end.
type Left = Arc<Mutex<Option<Body>>>;

/// A body that errs when it takes too long.
struct Hurried {
    inner: Option<Body>,
    end: Pin<Box<Sleep>>,
    left: Left,
}

impl HttpBody for Hurried {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        ready!(self.end.as_mut().poll(cx));
        Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(
            std::io::ErrorKind::TimedOut,
        )))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Hurried {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take().filter(|inner| !inner.is_end_stream()) {
            *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(inner);
        }
    }
}
