//! Documents made wrong on purpose, in ways that can be repeated: a generator with a seed changes a document that is
//! right, one to three times, and writes it as bytes.
//!
//! What it makes reaches far into a reader because most of it stays what it was. Not here: who is sent the bytes, and
//! what must hold afterwards (`tests/it/payloads`).

use serde_json::{Map, Number, Value, json};

/// Marks text that stands in the bytes as it is, without quotation marks: numbers and escapes that a [`Value`] can't hold.
const RAW: char = '\u{e000}';

/// Types that mean something to some reader.
const TYPES: [&str; 24] = [
    "Create",
    "Update",
    "Delete",
    "Undo",
    "Like",
    "Dislike",
    "EmojiReact",
    "Announce",
    "Follow",
    "Accept",
    "Reject",
    "Flag",
    "Block",
    "Add",
    "Remove",
    "Lock",
    "Move",
    "Note",
    "Article",
    "Question",
    "Person",
    "Group",
    "Tombstone",
    "OrderedCollection",
];

/// Names that a reader looks for.
const NAMES: [&str; 30] = [
    "id",
    "type",
    "actor",
    "object",
    "target",
    "attributedTo",
    "inReplyTo",
    "context",
    "audience",
    "to",
    "cc",
    "tag",
    "attachment",
    "url",
    "content",
    "contentMap",
    "name",
    "summary",
    "source",
    "published",
    "updated",
    "endTime",
    "language",
    "replies",
    "publicKey",
    "inbox",
    "endpoints",
    "oneOf",
    "proof",
    "@context",
];

const DATES: [&str; 14] = [
    "",
    "hier",
    "2026-02-30T00:00:00Z",
    "2026-13-01T25:61:61Z",
    "0000-00-00T00:00:00Z",
    "-9999-01-01T00:00:00Z",
    "+275760-09-13T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59Z",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00+99:99",
    "2026-01-01T00:00:60Z",
    "20260101T000000Z",
];

/// None of these names a host elsewhere: nothing leaves the machine.
const URLS: [&str; 26] = [
    "",
    "/",
    "//",
    "?",
    "#",
    "http://",
    "https:///p/1",
    "http://localhost",
    "http://localhost:0/p/1",
    "http://localhost:1/p/1",
    "http://localhost:99999/p/1",
    "http://user:pass@localhost:1/u/a",
    "http://127.0.0.1:1/",
    "http://127.1:1/",
    "http://0x7f000001:1/",
    "http://[::1]:1/",
    "http://[::1",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "acct:ana@localhost",
    "did:key:z6Mk",
    "tag:localhost,2026:1",
    "http://localhost:1/%00%0d%0a%2e%2e/%ff",
    "http://localhost:1/p/1#a#b?c",
    "HTTP://LOCALHOST:1/P/../p/1",
];

const TEXTS: [&str; 22] = [
    "",
    " ",
    "\n\r\t",
    "\0",
    "a\0b",
    "\u{202e}txt.exe\u{202c}",
    "\u{2066}\u{2067}\u{2068}\u{2069}",
    "\u{200b}\u{200d}\u{feff}",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\u{ffff}\u{fffd}\u{10ffff}",
    "𝕌𝕟𝕚𝕔𝕠𝕕𝕖 ﷽ ǅ ß İ",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</title></textarea><svg/onload=alert(1)>",
    "{{7*7}}{% include 'x' %}",
    "' OR 1=1; --",
    "\" OR NEAR( * -",
    "%s%n%x",
    "../../etc/passwd",
    "=cmd|'/c calc'!A0",
    "\r\nBcc: x@localhost",
    "[](javascript:alert(1)) **> > > >**",
];

const RAW_VALUES: [&str; 14] = [
    "1e400",
    "-1e400",
    "1e-400",
    "-0",
    "-0.0",
    "99999999999999999999999999999999",
    "-9223372036854775809",
    "18446744073709551616",
    "9223372036854775807",
    "0.1e1",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "nul",
];

/// The generator.
#[derive(Debug, Clone)]
pub struct Mutations {
    state: u64,
}

impl Mutations {
    /// Generators with the same seed make the same.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// `SplitMix64`: enough to choose by, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A document made wrong, as bytes.
    pub fn of(&mut self, document: &Value) -> Vec<u8> {
        let mut changed = document.clone();
        let times = match self.below(10) {
            0..=5 => 1,
            6..=8 => 2,
            _ => 3,
        };
        for _ in 0..times {
            self.change(&mut changed);
        }
        let text = raw(&changed.to_string());
        match self.below(12) {
            0 => self.spoil(text.into_bytes()),
            1 => self.twice(&text).into_bytes(),
            _ => text.into_bytes(),
        }
    }

    /// Changes one place of a document.
    fn change(&mut self, document: &mut Value) {
        let at = self.below(places(document));
        let other = self.below(places(document));
        let whole = document.clone();
        let elsewhere = place(&whole, other).cloned().unwrap_or(Value::Null);
        let Some((parent, key)) = parent_of(document, at) else {
            // The document itself: everything else would no longer be one.
            if let Value::Object(members) = document {
                let name = self.choose(&NAMES);
                members.insert(name.to_owned(), elsewhere);
            }
            return;
        };
        match self.below(14) {
            0 | 1 => remove(parent, &key),
            2 => set(parent, &key, elsewhere),
            3 => self.rename(parent, &key),
            4 => {
                let value = get(parent, &key);
                let wrapped = self.wrap(value);
                set(parent, &key, wrapped);
            }
            5 => {
                let value = get(parent, &key);
                let many = self.multiply(value);
                set(parent, &key, many);
            }
            6 => self.insert(parent, elsewhere),
            _ => {
                let value = get(parent, &key);
                let other = self.another(&key, &value);
                set(parent, &key, other);
            }
        }
    }

    /// Another value in the place of one, of its kind or of another.
    fn another(&mut self, key: &Key, value: &Value) -> Value {
        if let (Key::Name(name), 0..=6) = (key, self.below(10)) {
            match name.as_str() {
                "type" | "@type" => return self.another_type(),
                "published" | "updated" | "endTime" | "closed" | "deleted" | "startTime" => {
                    return json!(self.choose(&DATES));
                }
                _ => {}
            }
        }
        if value.as_str().is_some_and(|text| text.starts_with("http")) && self.below(10) < 5 {
            return self.another_url(value.as_str().unwrap_or_default());
        }
        match self.below(16) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!([0, 1, -1, i64::MAX, i64::MIN][self.below(5)]),
            3 => Number::from_f64([0.5, -1e308, 1e-308, 4e18][self.below(4)])
                .map_or(Value::Null, Value::Number),
            4 => json!([]),
            5 => json!({}),
            6 => json!([null, [], {}, "", 0]),
            7 => Value::String(format!("{RAW}{}{RAW}", self.choose(&RAW_VALUES))),
            8 => json!(self.choose(&DATES)),
            9 => json!(self.choose(&URLS)),
            10 => {
                let length =
                    [300, 300, 2_100, 2_100, 2_100, 20_000, 20_000, 250_000][self.below(8)];
                let part = ["a", "é", "👍", "<b>", "> ", "@a ", "#b "][self.below(7)];
                json!(part.repeat(length / part.len()))
            }
            11 => self.deep(),
            12 => json!({"id": value, "type": self.choose(&TYPES)}),
            13 => json!({"@value": value, "@language": "fr"}),
            _ => json!(self.choose(&TEXTS)),
        }
    }

    fn another_type(&mut self) -> Value {
        let one = self.choose(&TYPES);
        match self.below(8) {
            0 => json!([one, self.choose(&TYPES)]),
            1 => json!(format!("https://www.w3.org/ns/activitystreams#{one}")),
            2 => json!(format!("as:{one}")),
            3 => json!([[one]]),
            4 => json!(one.to_lowercase()),
            _ => json!(one),
        }
    }

    /// Another address on the same host, or none at all.
    fn another_url(&mut self, url: &str) -> Value {
        let end = url
            .match_indices('/')
            .nth(2)
            .map_or(url.len(), |(end, _)| end);
        let origin = url.get(..end).unwrap_or(url);
        match self.below(12) {
            0 => json!(format!("{origin}/p/{}", self.below(1_000))),
            1 => json!(format!("{url}#")),
            2 => json!(format!("{url}/")),
            3 => json!(format!("{url}?{}", "a".repeat(2_100))),
            4 => json!(url.to_uppercase()),
            5 => json!(format!("{origin}.{}", url.get(end..).unwrap_or_default())),
            6 => json!(format!("{url}%2F..%2F")),
            7 => json!(format!(" {url} ")),
            8 => json!({"id": url}),
            9 => json!({"type": "Link", "href": url, "mediaType": "text/html"}),
            _ => json!(self.choose(&URLS)),
        }
    }

    /// A value inside others.
    fn wrap(&mut self, value: Value) -> Value {
        match self.below(6) {
            0 => json!([value]),
            1 => json!([[value]]),
            2 => json!({"object": value, "type": self.choose(&TYPES)}),
            3 => json!({"id": value}),
            4 => {
                let mut wrapped = value;
                for _ in 0..self.below(70) {
                    wrapped = json!([wrapped]);
                }
                wrapped
            }
            _ => {
                let mut wrapped = value;
                for _ in 0..self.below(6) {
                    wrapped = json!({"type": "Announce", "actor": wrapped, "object": wrapped});
                }
                wrapped
            }
        }
    }

    fn multiply(&mut self, value: Value) -> Value {
        let times = [2, 3, 60, 250, 1_200][self.below(5)];
        // A large part many times would be a large body, which is refused before it is read; and large ones take long.
        let most = if self.below(10) == 0 { 900_000 } else { 50_000 };
        if value.to_string().len() * times > most {
            return json!([value, Value::Null]);
        }
        Value::Array(vec![value; times])
    }

    fn deep(&mut self) -> Value {
        let depth = [10, 31, 63, 64, 65, 127, 128, 129, 2_000][self.below(9)];
        let (open, close) = [("[", "]"), ("{\"object\":", "}")][self.below(2)];
        Value::String(format!(
            "{RAW}{}0{}{RAW}",
            open.repeat(depth),
            close.repeat(depth)
        ))
    }

    fn rename(&mut self, parent: &mut Value, key: &Key) {
        let value = get(parent, key);
        if let (Value::Object(members), Key::Name(name)) = (&mut *parent, key) {
            members.remove(name);
            let new = match self.below(6) {
                0 => format!("as:{name}"),
                1 => format!("@{name}"),
                2 => name.to_uppercase(),
                3 => format!("{name}Map"),
                4 => format!("{name}\u{200b}"),
                _ => self.choose(&NAMES).to_owned(),
            };
            members.insert(new, value);
        }
    }

    fn insert(&mut self, parent: &mut Value, value: Value) {
        match parent {
            Value::Object(members) => {
                let name = self.choose(&NAMES);
                members.insert(name.to_owned(), value);
            }
            Value::Array(items) => {
                let at = self.below(items.len() + 1);
                items.insert(at, value);
            }
            _ => {}
        }
    }

    /// One of the names a second time, with another value.
    fn twice(&mut self, text: &str) -> String {
        let name = self.choose(&NAMES);
        let value = self.choose(&["null", "[]", "\"x\"", "{}", "1"]);
        match text.find('{') {
            Some(at) if self.below(2) == 0 => {
                let (before, after) = text.split_at(at + 1);
                format!("{before}\"{name}\":{value},{after}")
            }
            _ => {
                let end = text.rfind('}').unwrap_or(text.len());
                let (before, after) = text.split_at(end);
                format!("{before},\"{name}\":{value}{after}")
            }
        }
    }

    /// Bytes that are no longer JSON, or hardly.
    fn spoil(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        let at = self.below(bytes.len());
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(..at)),
            2 => bytes.insert(
                at,
                [0, 0xff, 0xc0, 0xed, b'"', b'\\', b'{', b']'][self.below(8)],
            ),
            3 => drop(bytes.splice(0..0, *b"\xef\xbb\xbf")),
            4 => bytes.extend_from_within(..),
            5 => bytes.extend_from_slice(b"\n\n]"),
            6 => bytes = [b"[", bytes.as_slice(), b"]"].concat(),
            _ => bytes = bytes.iter().flat_map(|byte| [*byte, 0]).collect(),
        }
        bytes
    }
}

/// Where in its parent something stands.
#[derive(Debug, Clone)]
enum Key {
    Name(String),
    At(usize),
}

/// How many values a document holds, itself included.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum::<usize>(),
        Value::Object(members) => members
            .iter()
            // Nobody reads contexts: they are changed as a whole.
            .map(|(name, member)| {
                if name == "@context" {
                    1
                } else {
                    places(member)
                }
            })
            .sum::<usize>(),
        _ => 0,
    }
}

/// The value that stands at a place, in the order of the text.
fn place(value: &Value, at: usize) -> Option<&Value> {
    let mut left = at;
    if left == 0 {
        return Some(value);
    }
    left -= 1;
    let members: Vec<(&Value, usize)> = match value {
        Value::Array(items) => items.iter().map(|item| (item, places(item))).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, one)| (one, if name == "@context" { 1 } else { places(one) }))
            .collect(),
        _ => return None,
    };
    for (one, count) in members {
        if left < count {
            return place(one, left);
        }
        left -= count;
    }
    None
}

/// What holds the value at a place, and under which key; nothing for the document itself.
fn parent_of(value: &mut Value, at: usize) -> Option<(&mut Value, Key)> {
    let mut left = at.checked_sub(1)?;
    let keys: Vec<(Key, usize)> = match value {
        Value::Array(items) => (0..).map(Key::At).zip(items.iter().map(places)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, one)| {
                let count = if name == "@context" { 1 } else { places(one) };
                (Key::Name(name.clone()), count)
            })
            .collect(),
        _ => return None,
    };
    for (key, count) in keys {
        if left == 0 {
            return Some((value, key));
        }
        if left < count {
            let inner = match (value, &key) {
                (Value::Array(items), Key::At(at)) => items.get_mut(*at),
                (Value::Object(members), Key::Name(name)) => members.get_mut(name),
                _ => None,
            };
            return parent_of(inner?, left);
        }
        left -= count;
    }
    None
}

fn get(parent: &Value, key: &Key) -> Value {
    let found = match key {
        Key::Name(name) => parent.get(name),
        Key::At(at) => parent.get(at),
    };
    found.cloned().unwrap_or(Value::Null)
}

fn set(parent: &mut Value, key: &Key, value: Value) {
    match (parent, key) {
        (Value::Object(members), Key::Name(name)) => drop(members.insert(name.clone(), value)),
        (Value::Array(items), Key::At(at)) => items[*at] = value,
        _ => {}
    }
}

fn remove(parent: &mut Value, key: &Key) {
    match (parent, key) {
        (Value::Object(members), Key::Name(name)) => drop(Map::remove(members, name)),
        (Value::Array(items), Key::At(at)) => drop(items.remove(*at)),
        _ => {}
    }
}

/// Takes the quotation marks off what is to stand as it is.
fn raw(text: &str) -> String {
    let (open, close) = (format!("\"{RAW}"), format!("{RAW}\""));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&open) {
        out.push_str(before);
        let (inside, after) = after.split_once(&close).unwrap_or((after, ""));
        out.push_str(&inside.replace("\\\"", "\"").replace("\\\\", "\\"));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note() -> Value {
        json!({"@context": ["a", {"b": "c"}], "id": "http://localhost/1", "type": "Create",
               "object": {"type": "Note", "to": ["x", "y"], "content": "<p>a</p>"}, "published": "2026-01-01T00:00:00Z"})
    }

    #[test]
    fn the_same_seed_makes_the_same_and_another_something_else() {
        let of = |seed| {
            let mut mutations = Mutations::new(seed);
            (0..200).map(|_| mutations.of(&note())).collect::<Vec<_>>()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }

    #[test]
    fn most_are_still_json_and_nearly_all_are_something_else() {
        let mut mutations = Mutations::new(1);
        let right = note().to_string().into_bytes();
        let all: Vec<Vec<u8>> = (0..1_000).map(|_| mutations.of(&note())).collect();
        let json = all
            .iter()
            .filter(|bytes| serde_json::from_slice::<Value>(bytes).is_ok())
            .count();
        assert!((600..980).contains(&json), "{json}");
        let same = all.iter().filter(|bytes| **bytes == right).count();
        assert!(same < 30, "{same}");
        let mut different = all;
        different.sort();
        different.dedup();
        assert!(different.len() > 600, "{}", different.len());
    }

    #[test]
    fn every_place_of_a_document_is_found() {
        let note = note();
        let all: Vec<&Value> = (0..places(&note))
            .map(|at| place(&note, at).unwrap())
            .collect();
        assert_eq!(all.len(), places(&note));
        assert!(all.contains(&&json!("y")));
        let mut copy = note.clone();
        for at in 1..places(&note) {
            let (parent, key) = parent_of(&mut copy, at).unwrap();
            assert_eq!(Some(&get(parent, &key)), place(&note, at));
        }
        assert!(place(&note, places(&note)).is_none());
    }

    #[test]
    fn numbers_that_no_value_holds_stand_in_the_bytes() {
        let value = json!({"a": format!("{RAW}1e400{RAW}"), "b": format!("{RAW}\"\\ud800\"{RAW}")});
        assert_eq!(raw(&value.to_string()), r#"{"a":1e400,"b":"\ud800"}"#);
    }
}
