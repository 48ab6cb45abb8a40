//! PG-54: `/admin/categories`: making and changing categories, naming their moderators.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use parvis_forum::categories::{self, Access, Category, CategoryChange, NewCategory};
use parvis_forum::circles;
use parvis_forum::kinds::Readers;
use parvis_forum::{Config, Viewer, actors, affiliations};
use serde::Deserialize;

use crate::error::{AppError, AppResult};
use crate::extract::{Admin, Form, Path, Reader};
use crate::pages::problems::{found, only_fields, problem};
use crate::pages::{rows, targets};
use crate::state::AppState;
use crate::views::admin::CategoryFormView;
use crate::views::forms::{Choice, FieldError, Problem};
use crate::views::frame::Section;
use crate::views::notices::Notice;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/admin/categories/new", get(blank).post(create))
        .route("/admin/categories/{slug}/edit", get(show).post(save))
        .route("/admin/categories/{slug}/moderators", post(set_moderator))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fields {
    slug: String,
    title: String,
    description: String,
    parent: String,
    restricted: String,
    archived: String,
    /// `public`, `members` or `agents`.
    readers: String,
    partners: String,
}

impl Fields {
    async fn of(state: &AppState, category: &Category) -> AppResult<Self> {
        let ticked = |yes: bool| if yes { "yes".to_owned() } else { String::new() };
        let parent = match category.row.parent_id {
            Some(id) => actors::by_id(state.forum.db(), id).await?.name,
            None => String::new(),
        };
        Ok(Self {
            slug: category.actor.name.clone(),
            title: category.title().to_owned(),
            description: category.row.description.clone(),
            parent,
            restricted: ticked(category.actor.posting_restricted),
            archived: ticked(category.row.archived_at.is_some()),
            readers: category
                .row
                .readers
                .map_or("public", Readers::as_str)
                .to_owned(),
            partners: circles::partners(state.forum.db(), category.id())
                .await?
                .join("\n"),
        })
    }

    /// Who is to read the category.
    fn access(&self, config: &Config) -> parvis_forum::Result<Access> {
        match self.readers.as_str() {
            "" | "public" => Ok(Access::Public),
            word => {
                let readers = word
                    .parse()
                    .map_err(|_| parvis_forum::Error::field("readers", "unknown"))?;
                Access::closed(readers, &self.partners, config)
            }
        }
    }
}

async fn view(
    state: &AppState,
    category: Option<&Category>,
    fields: Fields,
    person: String,
    errors: Vec<FieldError>,
) -> AppResult<CategoryFormView> {
    let db = state.forum.db();
    let parents = categories::tree(db, &Viewer::System)
        .await?
        .iter()
        .filter(|above| category.is_none_or(|category| category.id() != above.id()))
        .map(|above| Choice {
            value: above.actor.name.clone(),
            label: above.title().to_owned(),
        })
        .collect();
    let mut moderators = Vec::new();
    if let Some(category) = category {
        let named = categories::moderators(db, category.id()).await?;
        let concerned: Vec<_> = named.iter().map(|actor| actor.id).collect();
        let stated = affiliations::of(db, concerned).await?;
        moderators = named
            .iter()
            .map(|actor| rows::author_from_actor(actor, stated.get(&actor.id)))
            .collect();
    }
    Ok(CategoryFormView {
        category: category.map(|category| rows::category_link(&category.actor)),
        action: match category {
            Some(category) => format!("/admin/categories/{}/edit", category.actor.name),
            None => "/admin/categories/new".to_owned(),
        },
        slug: fields.slug,
        title: fields.title,
        description: fields.description,
        parent: fields.parent,
        parents,
        restricted: !fields.restricted.is_empty(),
        archived: !fields.archived.is_empty(),
        readers: if fields.readers.is_empty() {
            "public".to_owned()
        } else {
            fields.readers
        },
        partners: fields.partners,
        was_public: category.is_some_and(|category| category.row.readers.is_none()),
        moderators,
        person,
        errors,
    })
}

async fn blank(State(state): State<AppState>, Admin(_): Admin, mut reader: Reader) -> AppResult {
    reader.frame.section = Section::Admin;
    let view = view(&state, None, Fields::default(), String::new(), Vec::new()).await?;
    reader.page(&view)
}

async fn create(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Form(fields): Form<Fields>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    match make(&state, &current.viewer, &fields).await {
        Ok(category) => {
            let path = actors::path(&category.actor);
            Ok(reader.redirect(&path, Some(Notice::CategoryCreated)))
        }
        Err(error) => {
            let errors = found(&state, &reader, &only_fields(error)?, &[]);
            let view = view(&state, None, fields, String::new(), errors).await?;
            reader.form_again(&view)
        }
    }
}

async fn make(
    state: &AppState,
    viewer: &parvis_forum::Viewer,
    fields: &Fields,
) -> parvis_forum::Result<Category> {
    let parent = Some(fields.parent.as_str()).filter(|slug| !slug.is_empty());
    let new = NewCategory::parse(&fields.slug, &fields.title, &fields.description, parent)?;
    let access = fields.access(state.config())?;
    let keys = actors::generate_keys().await?;
    let tx = state.forum.begin().await?;
    let mut category = categories::create(&tx, viewer, new, keys).await?;
    if !fields.restricted.is_empty() || access != Access::Public {
        let change = CategoryChange {
            posting_restricted: Some(!fields.restricted.is_empty()),
            access: Some(access),
            ..CategoryChange::default()
        };
        category = categories::edit(&tx, viewer, category, change).await?;
    }
    tx.commit().await?;
    Ok(category)
}

async fn show(
    State(state): State<AppState>,
    Admin(_): Admin,
    mut reader: Reader,
    Path(slug): Path<String>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let category = categories::local_by_slug(state.forum.db(), &slug).await?;
    let fields = Fields::of(&state, &category).await?;
    let view = view(&state, Some(&category), fields, String::new(), Vec::new()).await?;
    reader.page(&view)
}

async fn save(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Path(slug): Path<String>,
    Form(fields): Form<Fields>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let category = categories::local_by_slug(state.forum.db(), &slug).await?;
    let tx = state.forum.begin().await?;
    let edited = match fields.access(state.config()) {
        Ok(access) => {
            let change = CategoryChange {
                title: Some(fields.title.clone()),
                description: Some(fields.description.clone()),
                parent: Some(fields.parent.clone()),
                posting_restricted: Some(!fields.restricted.is_empty()),
                archived: Some(!fields.archived.is_empty()),
                access: Some(access),
                ..CategoryChange::default()
            };
            categories::edit(&tx, &current.viewer, category.clone(), change).await
        }
        Err(error) => Err(error),
    };
    match edited {
        Ok(_) => tx.commit().await?,
        Err(error) => {
            drop(tx);
            let errors = found(&state, &reader, &only_fields(error)?, &[]);
            let fields = Fields { slug, ..fields };
            let view = view(&state, Some(&category), fields, String::new(), errors).await?;
            return reader.form_again(&view);
        }
    }
    Ok(reader.redirect("/admin", Some(Notice::CategorySaved)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    person: String,
    action: String,
}

async fn set_moderator(
    State(state): State<AppState>,
    Admin(current): Admin,
    mut reader: Reader,
    Path(slug): Path<String>,
    Form(named): Form<Named>,
) -> AppResult {
    reader.frame.section = Section::Admin;
    let category = categories::local_by_slug(state.forum.db(), &slug).await?;
    let granted = match named.action.as_str() {
        "add" => true,
        "remove" => false,
        _ => {
            return Err(AppError::BadRequest(
                "`action` is neither add nor remove".to_owned(),
            ));
        }
    };
    let Some(actor) = targets::person(&state, &named.person).await? else {
        let wrong = if named.person.trim().is_empty() {
            Problem::Empty
        } else {
            Problem::PersonUnknown
        };
        let errors = vec![problem(&state, &reader, "person", &wrong)];
        let fields = Fields::of(&state, &category).await?;
        let view = view(&state, Some(&category), fields, named.person, errors).await?;
        return reader.form_again(&view);
    };
    let tx = state.forum.begin().await?;
    categories::set_moderator(&tx, &current.viewer, &category, actor.id, granted).await?;
    tx.commit().await?;
    Ok(reader.redirect(
        &format!("/admin/categories/{slug}/edit"),
        Some(Notice::CategorySaved),
    ))
}
