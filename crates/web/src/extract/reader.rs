//! Everything that a page needs to be shown to whoever asked: viewer, locale, frame, templates.
//!
//! A handler takes a [`Reader`], fills a view, changes what is special in `reader.frame`, and ends with
//! [`Reader::page`] or [`Reader::redirect`].

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK, LOCATION, VARY};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use parvis_forum::kinds::Role as PersonRole;
use parvis_forum::viewer::Withheld;
use parvis_forum::{Viewer, actors, notifications, reports};

use super::{CurrentViewer, locale};
use crate::cookies::{self, Purpose};
use crate::error::{AppError, AppResult};
use crate::i18n::{Arg, Locale};
use crate::state::AppState;
use crate::views::frame::{Role, Theme, ViewerCard};
use crate::views::notices::Notice;
use crate::views::{Frame, View};

/// Whoever asked for a page, and how they get it.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Who.
    pub current: CurrentViewer,
    /// In which language.
    pub locale: Locale,
    /// What surrounds the contents; set what is special to the page.
    pub frame: Frame,
    state: AppState,
}

impl Reader {
    /// The reader of a request by this viewer.
    pub(crate) fn new(parts: &Parts, state: &AppState, current: CurrentViewer) -> Self {
        let locale = locale::of(parts, state, &current);
        let cookie = |purpose| state.cookies.read(&parts.headers, purpose);
        // A nested router sees less of the path.
        let path = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(&parts.uri, |original| &original.0)
            .path_and_query()
            .map_or("/", PathAndQuery::as_str);
        let mut frame = Frame::new((*state.site).clone(), path);
        frame.viewer = card(&current);
        frame.csrf = state.form_tokens.issue(&current, state.now());
        frame.theme = Theme::from_name(cookie(Purpose::Theme).unwrap_or_default());
        frame.flash = cookie(Purpose::Notice)
            .and_then(Notice::from_code)
            .map(|notice| notice.flash(state.templates.catalog(), locale));
        Self {
            current,
            locale,
            frame,
            state: state.clone(),
        }
    }

    /// The same reader, who is somebody else from now on.
    pub(crate) fn now_as(mut self, current: CurrentViewer) -> Self {
        self.frame.viewer = card(&current);
        self.frame.csrf = self.state.form_tokens.issue(&current, self.state.now());
        self.current = current;
        self
    }

    /// What waits for the reader, for the header.
    async fn count(&mut self) -> Result<(), AppError> {
        let Some(card) = &mut self.frame.viewer else {
            return Ok(());
        };
        let (db, viewer) = (self.state.forum.db(), &self.current.viewer);
        let shown = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        card.unread = shown(notifications::unread_count(db, viewer).await?);
        if card.moderates && viewer.withheld() == Withheld::Nothing {
            card.reports = shown(reports::open_count(db, viewer).await?);
        }
        Ok(())
    }

    /// For the functions of the forum.
    pub fn viewer(&self) -> &Viewer {
        &self.current.viewer
    }

    /// A text of the interface in the reader's language.
    pub fn text(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.state.templates.catalog().text(self.locale, key, args)
    }

    /// The page for a view.
    pub fn page<V: View>(&self, view: &V) -> AppResult {
        self.page_as(StatusCode::OK, view)
    }

    /// The page for a form that has to be corrected: 422, and the title says so.
    pub fn form_again<V: View>(mut self, view: &V) -> AppResult {
        self.frame.error = true;
        self.page_as(StatusCode::UNPROCESSABLE_ENTITY, view)
    }

    /// The page that shows what something would look like: the title says so.
    pub fn preview<V: View>(mut self, view: &V) -> AppResult {
        self.frame.preview = true;
        self.page(view)
    }

    /// The page for a view, with a status.
    pub fn page_as<V: View>(&self, status: StatusCode, view: &V) -> AppResult {
        let html = self
            .state
            .templates
            .render(self.locale, &self.frame, view)
            .map_err(AppError::internal)?;
        let mut response = (
            status,
            [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CACHE_CONTROL, "private, no-cache"),
                (VARY, "Cookie, Accept-Language"),
            ],
            html,
        )
            .into_response();
        if self.frame.flash.is_some() {
            let forget = self.state.cookies.forget(Purpose::Notice);
            cookies::add(response.headers_mut(), forget);
        }
        Ok(match &self.frame.activity {
            Some(uri) => with_alternate(response, uri),
            None => response,
        })
    }

    /// 303 to a path of this node, with a message shown there. `path` may come from a form: anything but a local path
    /// leads home.
    pub fn redirect(&self, path: &str, notice: Option<Notice>) -> Response {
        redirect(&self.state, path, notice)
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let current = CurrentViewer::from_request_parts(parts, state).await?;
        let mut reader = Self::new(parts, state, current);
        reader.count().await?;
        Ok(reader)
    }
}

/// 303 to a path of this node, with a message shown there. Anything but a local path leads home.
pub fn redirect(state: &AppState, path: &str, notice: Option<Notice>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let target = cookies::local_path(path)
        .and_then(|path| HeaderValue::from_str(path).ok())
        .unwrap_or(HeaderValue::from_static("/"));
    headers.insert(LOCATION, target);
    if let Some(notice) = notice {
        let cookie = state.cookies.set(Purpose::Notice, notice.code(), Some(60));
        cookies::add(headers, cookie);
    }
    response
}

/// Says in the header `Link` that the same thing is an ActivityPub object with this id. [`Reader::page`] does it when
/// `frame.activity` is set.
pub fn with_alternate(mut response: Response, uri: &str) -> Response {
    let link = format!("<{uri}>; rel=\"alternate\"; type=\"application/activity+json\"");
    if let Ok(value) = HeaderValue::from_str(&link) {
        response.headers_mut().append(LINK, value);
    }
    response
}

fn card(current: &CurrentViewer) -> Option<ViewerCard> {
    let person = current.viewer.person()?;
    Some(ViewerCard {
        name: actors::shown_name(&person.actor).to_owned(),
        handle: format!("@{}", actors::handle(&person.actor)),
        url: actors::path(&person.actor),
        role: match person.person.role {
            PersonRole::Member => Role::Member,
            PersonRole::Moderator => Role::Moderator,
            PersonRole::Admin => Role::Admin,
        },
        moderates: person.person.role != PersonRole::Member
            || !person.moderates.is_empty()
            || !person.moderates_elsewhere.is_empty(),
        unread: 0,
        reports: 0,
    })
}
