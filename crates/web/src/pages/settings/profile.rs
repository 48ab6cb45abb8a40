//! `/settings/profile`.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use parvis_forum::affiliations::{self, NewAffiliation, SUBTYPES};
use parvis_forum::people::{self, ProfileChange};
use parvis_forum::{Error, actors};
use serde::Deserialize;

use crate::cookies::{self, Purpose};
use crate::error::AppResult;
use crate::extract::{Form, Member, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};
use crate::views::notices::Notice;
use crate::views::parts::AffiliationKind;
use crate::views::settings::SettingsProfileView;

/// How long a choice of language or colours is kept, in seconds.
const YEAR: i64 = 365 * 24 * 3_600;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/settings/profile", get(show).post(save))
}

/// What may be changed; other fields that somebody sends are not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    display_name: String,
    biography: String,
    affiliation: String,
    subtype: String,
    organisation: String,
    interface: String,
    theme: String,
    discoverable: String,
    indexable: String,
}

fn view(
    reader: &Reader,
    fields: Fields,
    checked: bool,
    errors: Vec<FieldError>,
) -> SettingsProfileView {
    SettingsProfileView {
        handle: reader
            .viewer()
            .actor()
            .map(|actor| format!("@{}", actors::handle(actor)))
            .unwrap_or_default(),
        affiliation: AffiliationKind::from_name(&fields.affiliation),
        affiliations: AffiliationKind::DECLARABLE.to_vec(),
        affiliation_checked: checked,
        subtype: fields.subtype,
        subtypes: SUBTYPES.map(ToOwned::to_owned).to_vec(),
        organisation: fields.organisation,
        display_name: fields.display_name,
        biography: fields.biography,
        discoverable: !fields.discoverable.is_empty(),
        indexable: !fields.indexable.is_empty(),
        errors,
    }
}

/// True if somebody else than the person checked it: then it isn't changed here.
fn is_checked(row: Option<&parvis_forum::Affiliation>) -> bool {
    row.is_some_and(|row| matches!(row.proof.as_str(), "sso" | "delegate"))
}

fn ticked(yes: bool) -> String {
    if yes { "yes".to_owned() } else { String::new() }
}

async fn show(State(state): State<AppState>, Member(current): Member, reader: Reader) -> AppResult {
    let actor = &current.person()?.actor;
    let stated = affiliations::find(state.forum.db(), actor.id).await?;
    let fields = Fields {
        display_name: actors::shown_name(actor).to_owned(),
        biography: actor.summary_source.clone().unwrap_or_default(),
        affiliation: stated
            .as_ref()
            .map(|row| row.kind.clone())
            .unwrap_or_default(),
        subtype: stated
            .as_ref()
            .and_then(|row| row.subtype.clone())
            .unwrap_or_default(),
        organisation: stated
            .as_ref()
            .and_then(|row| row.organisation.clone())
            .unwrap_or_default(),
        interface: String::new(),
        theme: String::new(),
        discoverable: ticked(actor.discoverable),
        indexable: ticked(actor.indexable),
    };
    let view = view(&reader, fields, is_checked(stated.as_ref()), Vec::new());
    reader.page(&view)
}

async fn save(
    State(state): State<AppState>,
    Member(current): Member,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    let person = current.person()?;
    let before = affiliations::find(state.forum.db(), person.actor.id).await?;
    let checked = is_checked(before.as_ref());
    let mut errors = Vec::new();
    if fields.display_name.trim().is_empty() {
        errors.push(problem(&state, &reader, "display_name", &Problem::Empty));
    }
    let stated = if checked {
        None
    } else {
        let url = before
            .as_ref()
            .and_then(|row| row.organisation_url.as_deref());
        match NewAffiliation::parse(
            &fields.affiliation,
            Some(&fields.subtype),
            Some(&fields.organisation),
            url,
        ) {
            Ok(stated) => Some(stated),
            Err(error) => {
                let renamed = [("affiliation_subtype", "subtype")];
                errors.extend(found(&state, &reader, &only_fields(error)?, &renamed));
                None
            }
        }
    };
    if !errors.is_empty() {
        let view = view(&reader, fields, checked, errors);
        return reader.form_again(&view);
    }
    let change = ProfileChange {
        display_name: Some(fields.display_name.clone()),
        summary: Some(fields.biography.clone()),
        locale: Some(fields.interface.clone()).filter(|tag| !tag.is_empty()),
        indexable: Some(!fields.indexable.is_empty()),
        discoverable: Some(!fields.discoverable.is_empty()),
    };
    let tx = state.forum.begin().await?;
    let viewer = reader.viewer();
    let done = async {
        people::update_profile(&tx, viewer, change).await?;
        if let Some(stated) = stated {
            affiliations::declare(&tx, viewer, stated).await?;
        }
        Ok::<_, Error>(())
    }
    .await;
    if let Err(error) = done {
        drop(tx);
        let renamed = [("summary", "biography"), ("locale", "interface")];
        let errors = found(&state, &reader, &only_fields(error)?, &renamed);
        let view = view(&reader, fields, checked, errors);
        return reader.form_again(&view);
    }
    tx.commit().await?;
    let mut response = reader.redirect("/settings/profile", Some(Notice::ProfileSaved));
    let choices = [
        (Purpose::Language, fields.interface, ["fr", "en"]),
        (Purpose::Theme, fields.theme, ["light", "dark"]),
    ];
    for (purpose, value, known) in choices {
        let cookie = if known.contains(&value.as_str()) {
            state.cookies.set(purpose, &value, Some(YEAR))
        } else {
            state.cookies.forget(purpose)
        };
        cookies::add(response.headers_mut(), cookie);
    }
    Ok(response)
}
