//! The lists of topics that people read: of a category, of several, of everything; and one, as far as it may be read.
//!
//! A list over several categories is merged from the latest of each, which an index gives: sorting all their topics would
//! cost as much as there are.

use std::collections::HashMap;

use sea_orm::sea_query::{
    Alias, Asterisk, Condition, ExprTrait, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, Select,
};

use crate::circles::Sight;
use crate::db::entity::topic;
use crate::id::{ActorId, TopicId};
use crate::kinds::TopicKind;
use crate::page::{Cursor, Order, Page, PageRequest};
use crate::{
    Actor, Affiliation, Error, Kind, Read, Result, Timestamp, Topic, Viewer, actors, affiliations,
    tags,
};

/// Categories whose lists are merged; more than that are sorted together.
const MERGED: usize = 100;

/// By id, if the viewer may read its category.
pub async fn readable(db: &impl Read, viewer: &Viewer, id: TopicId) -> Result<Topic> {
    topic::Entity::find_by_id(id)
        .filter(Sight::of(viewer).of_categories((topic::Entity, topic::Column::CategoryId)))
        .one(db)
        .await?
        .ok_or(Error::NotFound(Kind::Topic))
}

/// How a list of topics is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Last activity first.
    #[default]
    Active,
    /// Newest first.
    New,
    /// Most useful first.
    Top,
}

/// A category whose topics were carried until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Former {
    /// The category.
    pub category: ActorId,
    /// What came here later isn't carried.
    pub until: Timestamp,
}

/// Which topics a list holds. What is none or false doesn't restrict.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these categories.
    pub categories: Option<Vec<ActorId>>,
    /// And of these, as far as they came before a link to them ended. Counts only beside `categories`.
    pub former: Vec<Former>,
    /// Or, of others, with one of these tags. Counts only beside `categories`.
    pub or_tags: Vec<String>,
    /// By this author.
    pub author: Option<ActorId>,
    /// Of this kind.
    pub kind: Option<TopicKind>,
    /// With this tag.
    pub tag: Option<String>,
    /// In this language.
    pub language: Option<String>,
    /// With an accepted answer.
    pub solved: bool,
    /// Without any reply.
    pub unanswered: bool,
    /// Order.
    pub sort: Sort,
    /// Pinned ones only.
    pub pinned: bool,
    /// Without those that are pinned in this category.
    pub not_pinned_in: Option<ActorId>,
    /// Only of categories that the reader sees: a visitor, where nothing is said.
    pub sight: Sight,
}

/// A topic in a list: the row, and what is shown beside it.
#[derive(Clone, Debug)]
pub struct TopicCard {
    /// The topic.
    pub topic: Topic,
    /// Who opened it.
    pub author: Actor,
    /// The author's affiliation.
    pub affiliation: Option<Affiliation>,
    /// The category.
    pub category: Actor,
    /// Tags.
    pub tags: Vec<String>,
}

/// By what a list is sorted.
fn key(sort: Sort) -> topic::Column {
    match sort {
        Sort::Active => topic::Column::LastActivityAt,
        Sort::New => topic::Column::CreatedAt,
        Sort::Top => topic::Column::LikeCount,
    }
}

/// The categories of a list, each once.
fn categories_of(filter: &Filter) -> Option<Vec<ActorId>> {
    let mut all = filter.categories.clone()?;
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// The topics that were carried of each category that is carried no longer.
fn former(filter: &Filter, present: &[ActorId]) -> Vec<Condition> {
    filter
        .former
        .iter()
        .filter(|former| present.binary_search(&former.category).is_err())
        .map(|former| {
            // Ids begin with the moment at which a topic came.
            let last = former.until.0.saturating_add(1) << 16;
            Condition::all()
                .add(topic::Column::CategoryId.eq(former.category))
                .add(topic::Column::Id.lt(last))
        })
        .collect()
}

/// Where the topics of a list over these categories are: the places have no topic in common.
fn places(filter: &Filter, categories: &[ActorId]) -> Vec<Condition> {
    let former = former(filter, categories);
    let tagged = (!filter.or_tags.is_empty()).then(|| {
        former.iter().fold(
            Condition::all()
                .add(tags::any_of(&filter.or_tags))
                .add(topic::Column::CategoryId.is_not_in(categories.iter().copied()))
                .add(seen(filter)),
            |tagged, former| tagged.add(former.clone().not()),
        )
    });
    let present = categories
        .iter()
        .map(|category| Condition::all().add(topic::Column::CategoryId.eq(*category)));
    present.chain(former).chain(tagged).collect()
}

/// The same as one condition.
fn anywhere(filter: &Filter, categories: &[ActorId]) -> Condition {
    let present = topic::Column::CategoryId.is_in(categories.iter().copied());
    let tagged = (!filter.or_tags.is_empty()).then(|| tags::any_of(&filter.or_tags));
    former(filter, categories)
        .into_iter()
        .fold(Condition::any().add(present), Condition::add)
        .add_option(tagged)
}

/// Whether an index gives the latest topics of each place in order, without looking at many that don't fit.
fn is_in_order(filter: &Filter) -> bool {
    filter.sort != Sort::Top && !filter.pinned && filter.author.is_none() && filter.tag.is_none()
}

/// Everything that is asked of the topics of a list but where they are and who sees them, in their order.
fn selected(filter: &Filter, page: &PageRequest) -> Select<topic::Entity> {
    let key = key(filter.sort);
    let mut query = topic::Entity::find()
        .filter(topic::Column::DeletedAt.is_null())
        .filter(topic::Column::RemovedAt.is_null())
        .filter(topic::Column::OpeningPostId.is_not_null())
        .filter(page.condition(
            (topic::Entity, key),
            (topic::Entity, topic::Column::Id),
            Order::NewestFirst,
        ));
    if let Some(author) = filter.author {
        query = query.filter(topic::Column::AuthorId.eq(author));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(topic::Column::Kind.eq(kind));
    }
    if let Some(language) = &filter.language {
        query = query.filter(topic::Column::Language.eq(language.as_str()));
    }
    if let Some(tag) = &filter.tag {
        query = query.filter(tags::any_of(&[tag.to_lowercase()]));
    }
    if filter.solved {
        query = query.filter(topic::Column::AnswerPostId.is_not_null());
    }
    if filter.unanswered {
        query = query.filter(topic::Column::ReplyCount.eq(0));
    }
    if filter.pinned {
        query = query.filter(topic::Column::PinnedAt.is_not_null());
    }
    if let Some(category) = filter.not_pinned_in {
        let elsewhere = topic::Column::CategoryId.ne(category);
        query = query.filter(topic::Column::PinnedAt.is_null().or(elsewhere));
    }
    query
        .order_by(key, page.read_in(Order::NewestFirst).into())
        .order_by(topic::Column::Id, page.read_in(Order::NewestFirst).into())
        .limit(page.limit + 1)
}

/// Of categories that the reader sees.
fn seen(filter: &Filter) -> Condition {
    filter
        .sight
        .of_categories((topic::Entity, topic::Column::CategoryId))
}

/// A list over several places, merged from those of each. A place that is one category is seen or not as a whole.
fn merged(filter: &Filter, page: &PageRequest, places: Vec<Condition>) -> Option<SelectStatement> {
    let mut parts = places.into_iter().map(|place| {
        let part = selected(filter, page).filter(place).into_query();
        Query::select()
            .column(Asterisk)
            .from_subquery(part, Alias::new("part"))
            .cond_where(filter.sight.of_categories(topic::Column::CategoryId))
            .to_owned()
    });
    let mut all = parts.next()?;
    for part in parts {
        all.union(UnionType::All, part);
    }
    let order: sea_orm::Order = page.read_in(Order::NewestFirst).into();
    all.order_by(key(filter.sort), order.clone())
        .order_by(topic::Column::Id, order)
        .limit(page.limit + 1);
    Some(all)
}

/// The rows of a page, and of one more topic when there is more.
async fn rows(db: &impl Read, filter: &Filter, page: &PageRequest) -> Result<Vec<Topic>> {
    let Some(categories) = categories_of(filter) else {
        return Ok(selected(filter, page).filter(seen(filter)).all(db).await?);
    };
    let all = places(filter, &categories);
    if (2..=MERGED).contains(&all.len())
        && is_in_order(filter)
        && let Some(all) = merged(filter, page, all)
    {
        let statement = db.get_database_backend().build(&all);
        return Ok(topic::Entity::find()
            .from_raw_sql(statement)
            .all(db)
            .await?);
    }
    let anywhere = anywhere(filter, &categories);
    Ok(selected(filter, page)
        .filter(anywhere)
        .filter(seen(filter))
        .all(db)
        .await?)
}

/// A page of topics that can be read.
pub async fn list(db: &impl Read, filter: &Filter, page: PageRequest) -> Result<Page<TopicCard>> {
    let rows = rows(db, filter, &page).await?;
    let page = Page::from_read(rows, &page, |t| Cursor {
        key: match filter.sort {
            Sort::Active => t.last_activity_at.0,
            Sort::New => t.created_at.0,
            Sort::Top => i64::from(t.like_count),
        },
        id: t.id.0,
    });
    Ok(Page {
        next: page.next,
        previous: page.previous,
        items: cards(db, page.items).await?,
    })
}

/// Topics with what is shown beside them, in the order given, in a bounded number of queries.
pub async fn cards(db: &impl Read, topics: Vec<Topic>) -> Result<Vec<TopicCard>> {
    if topics.is_empty() {
        return Ok(Vec::new());
    }
    let actors =
        actors::by_ids(db, topics.iter().flat_map(|t| [t.author_id, t.category_id])).await?;
    let affiliations = affiliations::of(db, topics.iter().map(|t| t.author_id)).await?;
    let mut tags = tags::of_topics(db, topics.iter().map(|t| t.id)).await?;
    Ok(topics
        .into_iter()
        .filter_map(|topic| {
            Some(TopicCard {
                author: actors.get(&topic.author_id)?.clone(),
                affiliation: affiliations.get(&topic.author_id).cloned(),
                category: actors.get(&topic.category_id)?.clone(),
                tags: tags.remove(&topic.id).unwrap_or_default(),
                topic,
            })
        })
        .collect())
}

/// The topics with these ids that can be read, in the order given.
pub async fn cards_by_ids(db: &impl Read, ids: &[TopicId]) -> Result<Vec<TopicCard>> {
    let rows = topic::Entity::find()
        .filter(topic::Column::Id.is_in(ids.iter().copied()))
        .filter(
            Condition::all()
                .add(topic::Column::DeletedAt.is_null())
                .add(topic::Column::RemovedAt.is_null()),
        )
        .all(db)
        .await?;
    let mut cards: HashMap<TopicId, TopicCard> = cards(db, rows)
        .await?
        .into_iter()
        .map(|c| (c.topic.id, c))
        .collect();
    Ok(ids.iter().filter_map(|id| cards.remove(id)).collect())
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

    use super::*;
    use crate::actors::Keys;
    use crate::categories::{self, NewCategory};
    use crate::kinds::Role;
    use crate::testing::{on_each_database, person, viewer};
    use crate::topics::{NewTopic, open};
    use crate::{Config, Viewer};

    #[tokio::test]
    async fn a_list_over_several_categories_has_each_topic_once_in_order() {
        on_each_database(Config::default(), async |forum| {
            let account = person(&forum, "ana", Role::Admin).await;
            let ana = viewer(&forum, &account).await;
            let mut all = Vec::new();
            for slug in ["velo", "voirie", "eau"] {
                let new = NewCategory::parse(slug, slug, "", None).unwrap();
                let keys = Keys {
                    private_pem: "private".to_owned(),
                    public_pem: "public".to_owned(),
                };
                let tx = forum.begin().await.unwrap();
                let made = categories::create(&tx, &Viewer::System, new, keys).await;
                all.push(made.unwrap());
                tx.commit().await.unwrap();
            }
            let mut moments = Vec::new();
            for n in 0..12_usize {
                forum.clock().advance(1_000);
                let title = format!("Sujet {n:02}");
                let tags = if n % 4 == 0 {
                    vec!["piste".to_owned()]
                } else {
                    Vec::new()
                };
                let new = NewTopic::parse(&title, "Texte", TopicKind::Discussion, None, &tags);
                let tx = forum.begin().await.unwrap();
                open(&tx, &ana, &all[(n * 5) % 3], new.unwrap())
                    .await
                    .unwrap();
                moments.push(tx.now());
                tx.commit().await.unwrap();
            }
            let titles = |page: &Page<TopicCard>| -> Vec<String> {
                let title = |card: &TopicCard| card.topic.title.clone();
                page.items.iter().map(title).collect()
            };
            for sort in [Sort::Active, Sort::New] {
                let filter = Filter {
                    categories: Some(all.iter().map(categories::Category::id).collect()),
                    sort,
                    ..Filter::default()
                };
                let (mut seen, mut request) = (Vec::new(), PageRequest::first(5));
                loop {
                    let page = list(forum.db(), &filter, request).await.unwrap();
                    seen.extend(titles(&page));
                    let Some(next) = page.next else { break };
                    request = PageRequest::first(5);
                    request.after = Some(next);
                }
                let expected: Vec<String> =
                    (0..12).rev().map(|n| format!("Sujet {n:02}")).collect();
                assert_eq!(seen, expected);
            }
            // Of a category that is no longer carried, what came before.
            let former = |until| Filter {
                categories: Some(vec![all[0].id()]),
                former: vec![Former {
                    category: all[2].id(),
                    until,
                }],
                sort: Sort::New,
                ..Filter::default()
            };
            let count = async |until| {
                let page = list(forum.db(), &former(until), PageRequest::first(50)).await;
                titles(&page.unwrap()).len()
            };
            assert_eq!(count(Timestamp(0)).await, 4);
            assert_eq!(count(moments[5]).await, 4 + 2);
            assert_eq!(count(moments[11]).await, 8);
            // Or those with a tag, wherever they are: each once, also where both hold.
            let tagged = Filter {
                categories: Some(vec![all[0].id(), all[1].id()]),
                former: vec![Former {
                    category: all[2].id(),
                    until: moments[2],
                }],
                or_tags: vec!["piste".to_owned()],
                sort: Sort::New,
                ..Filter::default()
            };
            let page = list(forum.db(), &tagged, PageRequest::first(50)).await;
            let found = titles(&page.unwrap());
            let expected: Vec<String> = (0..12)
                .rev()
                .filter(|n| (n * 5) % 3 != 2 || *n <= 2 || n % 4 == 0)
                .map(|n| format!("Sujet {n:02}"))
                .collect();
            assert_eq!(found, expected);
            // However it is asked for, it is the same list.
            for filter in [&tagged, &former(moments[5])] {
                for sort in [Sort::Active, Sort::New] {
                    let filter = Filter {
                        sort,
                        ..filter.clone()
                    };
                    let request = PageRequest::first(50);
                    let merged = rows(forum.db(), &filter, &request).await.unwrap();
                    let anywhere = anywhere(&filter, &categories_of(&filter).unwrap());
                    let sorted = selected(&filter, &request).filter(anywhere);
                    let sorted = sorted.all(forum.db()).await;
                    assert_eq!(merged, sorted.unwrap());
                }
            }
            let nowhere = Filter {
                categories: Some(Vec::new()),
                ..Filter::default()
            };
            let page = list(forum.db(), &nowhere, PageRequest::first(5)).await;
            assert!(page.unwrap().items.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn a_list_over_several_categories_reads_the_index_of_each_in_order() {
        on_each_database(Config::default(), async |forum| {
            let db = forum.db();
            if db.get_database_backend() != DbBackend::Sqlite {
                return;
            }
            let plan = async |all: SelectStatement| -> Vec<String> {
                let mut statement = db.get_database_backend().build(&all);
                statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
                let steps = db.query_all_raw(statement).await.unwrap();
                let detail = |step: &QueryResult| step.try_get::<String>("", "detail").unwrap();
                steps.iter().map(detail).collect()
            };
            let mut later = PageRequest::first(30);
            later.after = Some(Cursor { key: 5, id: 6 });
            for request in [PageRequest::first(30), later] {
                for (sort, index) in [
                    (Sort::Active, "topics_category_active"),
                    (Sort::New, "topics_category_new"),
                ] {
                    let filter = Filter {
                        categories: Some((1..=20).map(ActorId).collect()),
                        former: vec![Former {
                            category: ActorId(21),
                            until: Timestamp(1_000),
                        }],
                        sort,
                        ..Filter::default()
                    };
                    let all = places(&filter, &categories_of(&filter).unwrap());
                    let steps = plan(merged(&filter, &request, all).unwrap()).await;
                    let using = steps.iter().filter(|step| step.contains(index)).count();
                    assert_eq!(using, 21, "{steps:#?}");
                    // Each is read in order, and only what one page needs of it is sorted for the merge.
                    let sorts = |step: &&String| step.contains("TEMP B-TREE");
                    assert_eq!(steps.iter().filter(sorts).count(), 21, "{steps:#?}");
                    let in_order = steps
                        .windows(2)
                        .filter(|pair| pair[0].contains(index) && pair[1] == "SCAN part")
                        .count();
                    assert_eq!(in_order, 21, "{steps:#?}");
                }
            }
            // What is pinned in some of many categories, for the home page: the index of what is pinned, for all at once.
            let filter = Filter {
                categories: Some((1..=20).map(ActorId).collect()),
                pinned: true,
                ..Filter::default()
            };
            let anywhere = anywhere(&filter, &categories_of(&filter).unwrap());
            let all = selected(&filter, &PageRequest::first(3)).filter(anywhere);
            let steps = plan(all.into_query()).await;
            assert!(steps[0].contains("topics_pinned"), "{steps:#?}");
        })
        .await;
    }
}
