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
    /// The page that ends before this place, for lists that can be read backwards; `after` then says nothing.
    pub before: Option<Cursor>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            after: None,
            before: None,
        }
    }
}

impl PageRequest {
    /// The first page, of `limit` items.
    pub fn first(limit: u64) -> Self {
        Self {
            limit: limit.clamp(1, MAX_LIMIT),
            after: None,
            before: None,
        }
    }

    /// The order in which rows are read for a list in the given order: the other one when the page is read backwards.
    /// [`Page::from_read`] turns it round.
    pub fn read_in(&self, order: Order) -> Order {
        match (self.before, order) {
            (None, order) => order,
            (Some(_), Order::NewestFirst) => Order::OldestFirst,
            (Some(_), Order::OldestFirst) => Order::NewestFirst,
        }
    }

    /// The condition "after the cursor" on `(key, id)`, for a list in the given order.
    pub fn condition(
        &self,
        key: impl IntoColumnRef + Copy,
        id: impl IntoColumnRef + Copy,
        order: Order,
    ) -> Condition {
        let Some(cursor) = self.before.or(self.after) else {
            return Condition::all();
        };
        let order = self.read_in(order);
        let column = Expr::col(key);
        let (from_key, beyond_key, beyond_id) = match order {
            Order::NewestFirst => (
                column.clone().lte(cursor.key),
                column.lt(cursor.key),
                Expr::col(id).lt(cursor.id),
            ),
            Order::OldestFirst => (
                column.clone().gte(cursor.key),
                column.gt(cursor.key),
                Expr::col(id).gt(cursor.id),
            ),
        };
        // The first half is a bound, so that an index is read from the cursor on and not from its beginning.
        Condition::all()
            .add(from_key)
            .add(Condition::any().add(beyond_key).add(beyond_id))
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

impl From<Order> for sea_orm::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::NewestFirst => Self::Desc,
            Order::OldestFirst => Self::Asc,
        }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none when this is the last.
    pub next: Option<Cursor>,
    /// Where the previous page ends; none when this is the first, and for lists that are only read forwards.
    pub previous: Option<Cursor>,
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
        Self {
            items: rows,
            next,
            previous: None,
        }
    }

    /// Makes a page from `limit + 1` items, read in the order of [`PageRequest::read_in`].
    pub fn from_read(rows: Vec<T>, request: &PageRequest, cursor: impl Fn(&T) -> Cursor) -> Self {
        let mut page = Self::from_rows(rows, request.limit, &cursor);
        if request.before.is_none() {
            page.previous = request.after.and(page.items.first()).map(&cursor);
            return page;
        }
        page.items.reverse();
        let more = page.next.is_some();
        page.previous = page.items.first().filter(|_| more).map(&cursor);
        page.next = page.items.last().map(&cursor);
        page
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
            previous: self.previous,
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
    fn a_list_is_the_same_in_both_directions() {
        let cursor = |n: &i64| Cursor { key: *n, id: *n };
        let read = |request: PageRequest| {
            let mut rows: Vec<i64> = (1..=7).collect();
            if matches!(request.read_in(Order::NewestFirst), Order::NewestFirst) {
                rows.reverse();
                rows.retain(|n| request.after.is_none_or(|after| *n < after.id));
            } else {
                rows.retain(|n| request.before.is_none_or(|before| *n > before.id));
            }
            rows.truncate(4);
            Page::from_read(rows, &request, cursor)
        };
        let at = |after, before| PageRequest {
            limit: 3,
            after,
            before,
        };
        let first = read(at(None, None));
        assert_eq!(
            (first.items.as_slice(), first.previous),
            ([7, 6, 5].as_slice(), None)
        );
        let second = read(at(first.next, None));
        assert_eq!(second.items, [4, 3, 2]);
        let last = read(at(second.next, None));
        assert_eq!((last.items.as_slice(), last.next), ([1].as_slice(), None));
        let back = read(at(None, last.previous));
        assert_eq!(back, second);
        let start = read(at(None, back.previous));
        assert_eq!((start.items, start.previous), (vec![7, 6, 5], None));
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
