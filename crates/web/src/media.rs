//! `/media/{name}`: files that people attached to their posts.
//!
//! Names are never given twice, so an answer may be kept for ever. Whatever a request accepts, a file has the type that
//! was found when it came, from a short list without any that a browser runs or another server believes; documents are
//! only offered to be kept (R-17, S-083).

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use parvis_forum::media::{self, content::Format};
use parvis_forum::{Error, Kind, Viewer};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::error::{AppError, AppResult};
use crate::extract::{CurrentViewer, Path};
use crate::state::AppState;

pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/media/{name}", get(show))
}

async fn show(
    State(state): State<AppState>,
    Path(name): Path<String>,
    mut parts: Parts,
) -> AppResult {
    let db = state.forum.db();
    let (media, life) = match media::by_name(db, &Viewer::Anonymous, &name).await {
        // A file of a closed category is there for who may read it, and kept by nobody else.
        Err(Error::NotFound(_)) => {
            let current = CurrentViewer::from_request_parts(&mut parts, &state).await?;
            let media = media::by_name(db, &current.viewer, &name).await?;
            (media, "private, no-store")
        }
        other => (other?, "public, max-age=31536000, immutable"),
    };
    let asked = parts.headers;
    let format = media::format(&media).ok_or(Error::NotFound(Kind::Media))?;
    let tag = format!("\"{}\"", media.sha256.chars().take(32).collect::<String>());
    let mut headers = HeaderMap::new();
    let mut set = |name, value: &str| {
        HeaderValue::from_str(value)
            .map(|value| {
                headers.insert(name, value);
            })
            .map_err(AppError::internal)
    };
    set(ETAG, &tag)?;
    set(CACHE_CONTROL, life)?;
    set(CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")?;
    set(ACCEPT_RANGES, "bytes")?;
    set(CONTENT_TYPE, &content_type(format))?;
    set(CONTENT_DISPOSITION, &disposition(format, &media.file_name))?;
    let says = |name| asked.get(name).and_then(|value| value.to_str().ok());
    if says(IF_NONE_MATCH).is_some_and(|tags| names(tags, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let Some(mut file) = state.forum.files().open(&name).await? else {
        return Err(AppError::Internal(format!(
            "file `{name}` has a row and is not in the storage"
        )));
    };
    let size = u64::try_from(media.size).unwrap_or_default();
    let range = says(RANGE).filter(|_| says(IF_RANGE).is_none_or(|known| known == tag));
    let (status, start, length) = match range.map_or(Asked::All, |range| part(range, size)) {
        Asked::All => (StatusCode::OK, 0, size),
        Asked::Part { start, end } => {
            let value = format!("bytes {start}-{end}/{size}");
            headers.insert(
                CONTENT_RANGE,
                HeaderValue::from_str(&value).map_err(AppError::internal)?,
            );
            (StatusCode::PARTIAL_CONTENT, start, end - start + 1)
        }
        Asked::Nothing => return unsatisfiable(size),
    };
    if start > 0 {
        file.seek(std::io::SeekFrom::Start(start))
            .await
            .map_err(AppError::internal)?;
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    let body = Body::from_stream(ReaderStream::new(file.take(length)));
    Ok((status, headers, body).into_response())
}

fn unsatisfiable(size: u64) -> AppResult<Response> {
    let value = HeaderValue::from_str(&format!("bytes */{size}")).map_err(AppError::internal)?;
    Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, value)]).into_response())
}

fn content_type(format: Format) -> String {
    match format {
        Format::Txt | Format::Csv => format!("{}; charset=utf-8", format.media_type()),
        other => other.media_type().to_owned(),
    }
}

/// Pictures are shown, documents kept, under the name that their owner gave them (RFC 6266).
fn disposition(format: Format, file_name: &str) -> String {
    let how = if format.is_image() {
        "inline"
    } else {
        "attachment"
    };
    // What is kept of a picture may be of another type than what was sent.
    let stem = file_name
        .rsplit_once('.')
        .map_or(file_name, |(stem, _)| stem);
    let stem = if stem.is_empty() { "file" } else { stem };
    let name = format!("{stem}.{}", format.extension());
    let plain: String = name
        .chars()
        .map(|c| match c {
            ' ' | '-' | '.' | '_' => c,
            c if c.is_ascii_alphanumeric() => c,
            _ => '_',
        })
        .collect();
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// True if a list of entity tags has this one (RFC 9110 §13.1.2).
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// What of a file a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    Part { start: u64, end: u64 },
    Nothing,
}

/// Reads a `Range` (RFC 9110 §14.2). One that is not understood, and several at once, mean the whole.
fn part(range: &str, size: u64) -> Asked {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .filter(|ranges| !ranges.contains(','))
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Asked::All;
    };
    let number = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse::<u64>().ok())
            .flatten()
    };
    match (number(first), number(last)) {
        (None, Some(length)) if first.is_empty() => match length.min(size) {
            0 => Asked::Nothing,
            length => Asked::Part {
                start: size - length,
                end: size - 1,
            },
        },
        (Some(start), end) if last.is_empty() || end.is_some_and(|end| end >= start) => {
            if start >= size {
                return Asked::Nothing;
            }
            Asked::Part {
                start,
                end: end.unwrap_or(u64::MAX).min(size - 1),
            }
        }
        _ => Asked::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let to = |start, end| Asked::Part { start, end };
        for (range, wanted) in [
            ("bytes=0-3", to(0, 3)),
            ("bytes=5-", to(5, 9)),
            ("bytes=5-99", to(5, 9)),
            ("bytes=-3", to(7, 9)),
            ("bytes=-30", to(0, 9)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=3-1", Asked::All),
            ("bytes=0-1,4-5", Asked::All),
            ("bytes=a-b", Asked::All),
            ("bytes=-", Asked::All),
            ("lines=1-2", Asked::All),
        ] {
            assert_eq!(part(range, 10), wanted, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Asked::Nothing);
    }

    #[test]
    fn a_name_can_not_say_more_than_a_name() {
        assert_eq!(
            disposition(Format::Pdf, "Été \"; filename=x.exe"),
            "attachment; filename=\"_t_ __ filename_x.pdf\"; filename*=UTF-8''%C3%89t%C3%A9%20%22%3B%20filename%3Dx.pdf"
        );
        assert_eq!(
            disposition(Format::Jpeg, "photo.webp"),
            "inline; filename=\"photo.jpg\"; filename*=UTF-8''photo.jpg"
        );
    }
}
