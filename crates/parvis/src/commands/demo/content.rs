//! What the two nodes of the demonstration hold, as `config/demo` tells it.

use anyhow::Context as _;
use serde::Deserialize;

/// One node.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NodeContent {
    pub(super) node: NodeFacts,
    pub(super) person: Vec<Person>,
    pub(super) category: Vec<Category>,
}

/// What a node says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct NodeFacts {
    /// How the files name it: `ministry` or `town`.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) institution: String,
    pub(super) description: String,
    pub(super) host: std::net::IpAddr,
    pub(super) follows: Vec<String>,
}

/// Somebody.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Person {
    pub(super) handle: String,
    pub(super) display_name: String,
    pub(super) role: Option<String>,
    pub(super) bio: String,
    pub(super) affiliation: Affiliation,
}

/// What somebody is.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Affiliation {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) subtype: Option<String>,
    pub(super) organisation: Option<String>,
}

/// A category.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Category {
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) parent: Option<String>,
}

/// The file of all topics.
#[derive(Debug, Deserialize)]
struct TopicsFile {
    #[serde(rename = "topic")]
    all: Vec<Topic>,
}

/// A topic and its replies.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Topic {
    pub(super) node: String,
    pub(super) category: String,
    pub(super) author: String,
    pub(super) title: String,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    pub(super) language: String,
    pub(super) age_days: i64,
    #[serde(default)]
    pub(super) pinned: bool,
    pub(super) answer: Option<usize>,
    #[serde(default)]
    pub(super) likes: Vec<String>,
    pub(super) body: String,
    #[serde(default)]
    pub(super) reply: Vec<Reply>,
}

/// A reply.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reply {
    pub(super) author: String,
    #[serde(rename = "reply_to")]
    pub(super) parent: Option<usize>,
    pub(super) minutes_after: i64,
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) likes: Vec<String>,
    pub(super) body: String,
    pub(super) edited: Option<String>,
    pub(super) edited_minutes_after: Option<i64>,
    #[serde(default)]
    pub(super) deleted: bool,
}

const MINISTRY: &str = include_str!("../../../../../config/demo/ministry.toml");
const TOWN: &str = include_str!("../../../../../config/demo/town.toml");
const TOPICS: &str = include_str!("../../../../../config/demo/topics.toml");

/// The ministry and the town.
pub(super) fn nodes() -> anyhow::Result<[NodeContent; 2]> {
    Ok([
        toml::from_str(MINISTRY).context("config/demo/ministry.toml")?,
        toml::from_str(TOWN).context("config/demo/town.toml")?,
    ])
}

/// Their topics.
pub(super) fn topics() -> anyhow::Result<Vec<Topic>> {
    let file: TopicsFile = toml::from_str(TOPICS).context("config/demo/topics.toml")?;
    Ok(file.all)
}

/// `name@key` in two.
pub(super) fn split(reference: &str) -> anyhow::Result<(&str, &str)> {
    reference
        .split_once('@')
        .with_context(|| format!("`{reference}` names no node"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_can_be_read_and_names_who_exists() {
        let nodes = nodes().unwrap();
        let topics = topics().unwrap();
        let known = |reference: &str| {
            let (name, key) = split(reference).unwrap();
            nodes
                .iter()
                .any(|n| n.node.key == key && n.person.iter().any(|p| p.handle == name))
        };
        assert!(topics.len() >= 28);
        for topic in &topics {
            assert!(known(&topic.author), "{}", topic.author);
            assert!(topic.likes.iter().all(|l| known(l)), "{}", topic.title);
            for reply in &topic.reply {
                assert!(known(&reply.author), "{}", reply.author);
            }
        }
    }
}
