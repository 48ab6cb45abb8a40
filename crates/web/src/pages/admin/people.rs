//! PG-53: `/admin/people`: accounts, their roles, suspension, second factor, deletion.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use parvis_federation::delivery::Fate;
use parvis_forum::kinds::{PersonState, Role as PersonRole};
use parvis_forum::people::{self, Account, Filter};
use parvis_forum::{Denied, Error, Kind, Timestamp, actors, farewells, policy, second_factors};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::{Admin, CurrentViewer, Form, PageQuery, Path, Query, Reader};
use crate::pages::problems::problem;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::frame::{Role, Section};
use crate::views::notices::Notice;
use crate::views::parts::Pager;
use crate::views::people::{
    FarewellView, PeopleView, PersonAdminView, PersonRow, ResetSecondFactorView, ToldServer,
};

const HERE: &str = "/admin/people";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(HERE, get(list))
        .route("/admin/people/{name}", get(show))
        .route("/admin/people/{name}/role", post(set_role))
        .route("/admin/people/{name}/suspend", post(suspend))
        .route("/admin/people/{name}/unsuspend", post(unsuspend))
        .route("/admin/people/{name}/delete", post(delete))
        .route(
            "/admin/people/{name}/second-factor",
            get(ask_reset).post(reset_second_factor),
        )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    state: String,
}

fn row(account: &Account, second_factor: bool) -> PersonRow {
    let person = &account.person;
    PersonRow {
        name: account.actor.name.clone(),
        display_name: actors::shown_name(&account.actor).to_owned(),
        email: person.email.clone(),
        role: match person.role {
            PersonRole::Member => Role::Member,
            PersonRole::Moderator => Role::Moderator,
            PersonRole::Admin => Role::Admin,
        },
        state: person.state.to_string(),
        created_at: person.created_at.datetime(),
        seen_at: person.seen_at.map(Timestamp::datetime),
        second_factor,
    }
}

async fn list(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Query(wanted): Query<Wanted>,
    page: PageQuery,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let only = wanted.state.parse::<PersonState>().ok();
    let filter = Filter {
        state: only,
        role: None,
    };
    let found = people::list(
        state.forum.db(),
        &current.viewer,
        &filter,
        page.of_length(50),
    )
    .await?;
    let ids = found.items.iter().map(|account| account.actor.id);
    let having = second_factors::having(state.forum.db(), ids).await?;
    let word = only.map(|state| state.to_string()).unwrap_or_default();
    reader.page(&PeopleView {
        pager: Pager {
            next: found
                .next
                .map(|cursor| format!("{HERE}?state={word}&after={}", cursor.encode())),
            ..Pager::default()
        },
        state: word,
        states: PersonState::ALL.iter().map(ToString::to_string).collect(),
        people: found
            .items
            .iter()
            .map(|account| row(account, having.contains(&account.actor.id)))
            .collect(),
    })
}

async fn view(
    state: &AppState,
    current: &CurrentViewer,
    account: &Account,
    errors: Vec<FieldError>,
) -> AppResult<PersonAdminView> {
    let has = second_factors::is_on(state.forum.db(), account.actor.id).await?;
    Ok(PersonAdminView {
        person: row(account, has),
        reason: account.person.reason.clone(),
        oneself: current.viewer.actor_id() == Some(account.actor.id),
        errors,
    })
}

async fn show(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Path(name): Path<String>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let account = people::by_name(state.forum.db(), &name).await?;
    if account.person.state == PersonState::Deleted {
        let farewell = farewell(&state, &current, &account).await?;
        return reader.page_as(StatusCode::GONE, &farewell);
    }
    reader.page(&view(&state, &current, &account, Vec::new()).await?)
}

/// Whom the end of an account was told.
async fn farewell(
    state: &AppState,
    current: &CurrentViewer,
    account: &Account,
) -> AppResult<FarewellView> {
    let actor = &account.actor;
    let told = farewells::of(state.forum.db(), &current.viewer, actor.id).await?;
    let delivered = told
        .iter()
        .filter(|one| one.fate == Fate::Delivered)
        .count();
    Ok(FarewellView {
        name: actor.name.clone(),
        at: actor.deleted_at.map(parvis_forum::Timestamp::datetime),
        delivered: u32::try_from(delivered).unwrap_or(u32::MAX),
        servers: told
            .into_iter()
            .map(|one| ToldServer {
                host: one.host,
                fate: one.fate.as_str().to_owned(),
                why: one.error,
            })
            .collect(),
    })
}

fn saved(reader: &Reader, account: &Account) -> Response {
    let path = format!("{HERE}/{}", account.actor.name);
    reader.redirect(&path, Some(Notice::PersonSaved))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewRole {
    role: String,
}

async fn set_role(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(name): Path<String>,
    Form(new): Form<NewRole>,
) -> AppResult {
    let account = people::by_name(state.forum.db(), &name).await?;
    let role: PersonRole = new
        .role
        .parse()
        .map_err(|_| AppError::BadRequest("`role` is not a role".to_owned()))?;
    let tx = state.forum.begin().await?;
    match people::set_role(&tx, &current.viewer, account.actor.id, role).await {
        Ok(_) => tx.commit().await?,
        Err(Error::Denied(Denied::LastAdmin)) => {
            drop(tx);
            let errors = vec![problem(&state, &reader, "role", &Problem::LastAdmin)];
            return reader.form_again(&view(&state, &current, &account, errors).await?);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(saved(&reader, &account))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    reason: String,
}

/// The account, and the form to be shown again when the reason is missing.
async fn decided(
    state: &AppState,
    current: &CurrentViewer,
    reader: &Reader,
    name: &str,
    decision: &Decision,
) -> AppResult<(Account, Option<PersonAdminView>)> {
    let account = people::by_name(state.forum.db(), name).await?;
    if !decision.reason.trim().is_empty() {
        return Ok((account, None));
    }
    let errors = vec![problem(state, reader, "reason", &Problem::Empty)];
    let again = view(state, current, &account, errors).await?;
    Ok((account, Some(again)))
}

async fn suspend(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(name): Path<String>,
    Form(decision): Form<Decision>,
) -> AppResult {
    let (account, again) = decided(&state, &current, &reader, &name, &decision).await?;
    if let Some(view) = again {
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    people::suspend(
        &tx,
        &current.viewer,
        account.actor.clone(),
        &decision.reason,
    )
    .await?;
    tx.commit().await?;
    Ok(saved(&reader, &account))
}

async fn unsuspend(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(name): Path<String>,
    Form(decision): Form<Decision>,
) -> AppResult {
    let (account, again) = decided(&state, &current, &reader, &name, &decision).await?;
    if let Some(view) = again {
        return reader.form_again(&view);
    }
    let tx = state.forum.begin().await?;
    people::unsuspend(
        &tx,
        &current.viewer,
        account.actor.clone(),
        &decision.reason,
    )
    .await?;
    tx.commit().await?;
    Ok(saved(&reader, &account))
}

/// The account whose second factor may be taken away: that of somebody else, who has one.
async fn to_reset(state: &AppState, current: &CurrentViewer, name: &str) -> AppResult<Account> {
    let db = state.forum.db();
    let account = people::by_name(db, name).await?;
    policy::people::can_reset_second_factor(&current.viewer, account.actor.id)?;
    if second_factors::is_on(db, account.actor.id).await? {
        Ok(account)
    } else {
        Err(Error::NotFound(Kind::Person).into())
    }
}

async fn ask_reset(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Path(name): Path<String>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let account = to_reset(&state, &current, &name).await?;
    reader.page(&ResetSecondFactorView {
        name: account.actor.name,
        reason: String::new(),
        errors: Vec::new(),
    })
}

async fn reset_second_factor(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Path(name): Path<String>,
    Form(decision): Form<Decision>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let account = to_reset(&state, &current, &name).await?;
    if decision.reason.trim().is_empty() {
        let errors = vec![problem(&state, &reader, "reason", &Problem::Empty)];
        return reader.form_again(&ResetSecondFactorView {
            name: account.actor.name,
            reason: decision.reason,
            errors,
        });
    }
    let tx = state.forum.begin().await?;
    second_factors::reset(&tx, &current.viewer, account.actor.id, &decision.reason).await?;
    tx.commit().await?;
    let path = format!("{HERE}/{}", account.actor.name);
    Ok(reader.redirect(&path, Some(Notice::SecondFactorReset)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sure {
    sure: String,
}

async fn delete(
    State(state): State<AppState>,
    Admin(current): Admin,
    reader: Reader,
    Path(name): Path<String>,
    Form(fields): Form<Sure>,
) -> AppResult {
    let account = people::by_name(state.forum.db(), &name).await?;
    if current.viewer.actor_id() == Some(account.actor.id) {
        return Err(AppError::Forbidden(
            "one's own account is deleted in the settings",
        ));
    }
    if fields.sure.is_empty() {
        let errors = vec![problem(&state, &reader, "sure", &Problem::NotTicked)];
        return reader.form_again(&view(&state, &current, &account, errors).await?);
    }
    let tx = state.forum.begin().await?;
    people::delete(&tx, &current.viewer, account.actor.id).await?;
    tx.commit().await?;
    Ok(reader.redirect(HERE, Some(Notice::PersonSaved)))
}
