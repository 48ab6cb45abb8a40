//! Keyset pages: `(sort key, id)`, newest first or oldest first, with an opaque cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef};

/// Longest page.
pub const MAX_LIMIT: u64 = 100;
/// Page length when nobody says.
pub const DEFAULT_LIMIT: u64 = 40;

/// A place in a list: the sort key and the id of the last item seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key of the item.
    pub key: i64,
    /// Id of the item.
    pub id: i64,
}

/// The text isn't a cursor of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct NotACursor;

impl Cursor {
    /// As clients see it.
    pub fn encode(self) -> String {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.key.to_be_bytes());
        bytes[8..].copy_from_slice(&self.id.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Result<Self, NotACursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACursor)?;
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| NotACursor)?;
        let number = u128::from_be_bytes(bytes);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "two halves of 64 bits"
        )]
        Ok(Self {
            key: (number >> 64) as u64 as i64,
            id: number as u64 as i64,
        })
    }
}

/// Which page of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    /// Items wanted, 1 to [`MAX_LIMIT`].
    pub limit: u64,
    /// Only what comes after.
    pub after: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            after: None,
        }
    }
}

impl PageRequest {
    /// The first page, of `limit` items.
    pub fn first(limit: u64) -> Self {
        Self {
            limit: limit.clamp(1, MAX_LIMIT),
            after: None,
        }
    }

    /// The condition "after the cursor" on `(key, id)`, for a list in the given order.
    pub fn condition(
        &self,
        key: impl IntoColumnRef + Copy,
        id: impl IntoColumnRef + Copy,
        order: Order,
    ) -> Condition {
        let Some(cursor) = self.after else {
            return Condition::all();
        };
        let (beyond_key, beyond_id) = match order {
            Order::NewestFirst => (Expr::col(key).lt(cursor.key), Expr::col(id).lt(cursor.id)),
            Order::OldestFirst => (Expr::col(key).gt(cursor.key), Expr::col(id).gt(cursor.id)),
        };
        Condition::any().add(beyond_key).add(
            Condition::all()
                .add(Expr::col(key).eq(cursor.key))
                .add(beyond_id),
        )
    }
}

/// Direction of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Descending.
    NewestFirst,
    /// Ascending.
    OldestFirst,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none when this is the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from `limit + 1` items read.
    pub fn from_rows(mut rows: Vec<T>, limit: u64, cursor: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = if rows.len() > limit {
            rows.truncate(limit);
            rows.last().map(cursor)
        } else {
            None
        };
        Self { items: rows, next }
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_trip() {
        for cursor in [
            Cursor { key: 0, id: 0 },
            Cursor {
                key: -5,
                id: i64::MAX,
            },
            Cursor {
                key: i64::MIN,
                id: 1 << 40,
            },
        ] {
            assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        }
        assert_eq!(Cursor::decode("zz"), Err(NotACursor));
    }

    #[test]
    fn the_item_too_many_only_tells_that_there_is_more() {
        let page = Page::from_rows(vec![5, 4, 3], 2, |n| Cursor { key: *n, id: *n });
        assert_eq!(page.items, [5, 4]);
        assert_eq!(page.next, Some(Cursor { key: 4, id: 4 }));
        assert_eq!(
            Page::from_rows(vec![1], 2, |n| Cursor { key: *n, id: *n }).next,
            None
        );
    }
}
