//! Categories: those of this node, and those of others that are followed from here or looked up.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use parvis_forum::actors::generate_keys;
use parvis_forum::categories::{self, NewCategory};
use parvis_forum::circles::Sight;
use parvis_forum::page::Cursor;
use parvis_forum::topics::{self, Filter, Sort};
use parvis_forum::{links, policy};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answers::{IdempotencyKey, ListProblems, PageParams, ReadProblems, WriteProblems};
use super::caller::AnyCaller;
use super::lookup;
use super::model::{self, Category, Page, Topic};
use super::write::{Stop, Write};
use crate::error::AppError;
use crate::extract::{PageQuery, Path, Query};
use crate::state::AppState;

/// The categories of this node, those above before those under them, then those of other nodes that somebody here
/// follows.
#[utoipa::path(get, path = "/categories", operation_id = "list_categories", tag = "categories", params(PageParams),
    responses((status = 200, description = "A page of categories", body = Page<Category>), ListProblems))]
pub(super) async fn list(
    State(app): State<AppState>,
    reader: AnyCaller,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Category>>, AppError> {
    let forum = &app.forum;
    let viewer = reader.viewer();
    let mut all = categories::tree(forum.db(), viewer).await?;
    all.extend(categories::followed_remote(forum.db(), viewer).await?);
    let start = match page.after {
        None => 0,
        Some(after) => {
            1 + all
                .iter()
                .position(|c| c.id().0 == after.id)
                .ok_or_else(|| {
                    AppError::BadRequest("`after` is not a cursor of this list".to_owned())
                })?
        }
    };
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let rest = all.len().saturating_sub(start);
    let rows: Vec<_> = all.into_iter().skip(start).take(limit).collect();
    let next = (rest > limit)
        .then(|| rows.last())
        .flatten()
        .map(|c| Cursor {
            key: 0,
            id: c.id().0,
        });
    let items =
        model::categories_from_rows(forum.db(), forum.config(), reader.viewer(), rows).await?;
    Ok(Json(Page::new(items, next)))
}

/// What a category is made of.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct NewCategoryBody {
    /// First half of its handle: small letters, digits, `_`, and `.` or `-` between.
    #[schema(required = true, example = "urbanisme")]
    slug: String,
    /// What people see as its name.
    #[schema(required = true)]
    title: String,
    /// Markdown.
    description: Option<String>,
    /// Slug of the category above it.
    parent: Option<String>,
}

/// Makes a category. Administrators.
#[utoipa::path(post, path = "/categories", operation_id = "create_category", tag = "categories", request_body = NewCategoryBody,
    params(IdempotencyKey),
    responses((status = 201, description = "The category", body = Category,
        headers(("location" = String, description = "Its address"))), WriteProblems),
    security(("bearer" = ["admin"])))]
pub(super) async fn create(
    State(app): State<AppState>,
    write: Write<NewCategoryBody>,
) -> Result<Response, Stop> {
    let viewer = write.caller.administer()?.clone();
    policy::categories::can_administer(&viewer)?;
    let body = &write.body;
    let new = NewCategory::parse(
        &body.slug,
        &body.title,
        body.description.as_deref().unwrap_or_default(),
        body.parent.as_deref(),
    )?;
    let keys = generate_keys().await?;
    let work = write.begin(&app).await?;
    let category = categories::create(&work.tx, &viewer, new, keys).await?;
    let answer =
        model::category_from_found(work.tx.c(), work.tx.config(), &viewer, category).await?;
    let path = format!("/categories/{}", answer.slug);
    work.answer(StatusCode::CREATED, Some(path), &answer).await
}

/// A category by its slug, or `slug@host`. One of another node that is not known here is looked up for callers with a
/// token.
#[utoipa::path(get, path = "/categories/{handle}", operation_id = "get_category", tag = "categories",
    params(("handle" = String, Path, description = "`slug`, or `slug@host`")),
    responses((status = 200, description = "The category", body = Category), ReadProblems))]
pub(super) async fn show(
    State(app): State<AppState>,
    reader: AnyCaller,
    Path(handle): Path<String>,
) -> Result<Json<Category>, AppError> {
    let forum = &app.forum;
    let found = lookup::category(&app, reader.person(), &handle).await?;
    Ok(Json(
        model::category_from_found(forum.db(), forum.config(), reader.viewer(), found).await?,
    ))
}

/// How topics are sorted.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SortBy {
    /// Last activity first.
    #[default]
    Active,
    /// Newest first.
    New,
    /// Most helpful first.
    Top,
}

impl From<SortBy> for Sort {
    fn from(sort: SortBy) -> Self {
        match sort {
            SortBy::Active => Self::Active,
            SortBy::New => Self::New,
            SortBy::Top => Self::Top,
        }
    }
}

/// Which order is asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Sorting {
    /// Order of the topics.
    pub(super) sort: SortBy,
}

/// Topics of a category, and of the categories elsewhere that it is linked to.
#[utoipa::path(get, path = "/categories/{handle}/topics", operation_id = "list_topics", tag = "categories",
    params(("handle" = String, Path, description = "`slug`, or `slug@host`"), Sorting, PageParams),
    responses((status = 200, description = "A page of topics", body = Page<Topic>), ListProblems))]
pub(super) async fn list_topics(
    State(app): State<AppState>,
    reader: AnyCaller,
    Path(handle): Path<String>,
    Query(sorting): Query<Sorting>,
    PageQuery(page): PageQuery,
) -> Result<Json<Page<Topic>>, AppError> {
    let forum = &app.forum;
    let category = lookup::category(&app, reader.person(), &handle).await?;
    let carried = links::carried(forum.db(), &category.actor).await?;
    let filter = Filter {
        categories: Some(carried.categories),
        former: carried.former,
        sort: sorting.sort.into(),
        sight: Sight::of(reader.viewer()),
        ..Default::default()
    };
    let page = topics::list(forum.db(), &filter, page).await?;
    let items =
        model::topics_from_cards(forum.db(), forum.config(), reader.viewer(), page.items).await?;
    Ok(Json(Page::new(items, page.next)))
}
