//! The index of SQLite: FTS5 without content, beside the table of stems.

use super::query::Field;

/// Documents that match the expression; `{}` is its place.
pub(super) const MATCHING: &str =
    " JOIN search_fts ON search_fts.rowid = d.id WHERE search_fts MATCH {}";

/// All terms, each by one of its forms. Forms are quoted: letters and digits, never syntax.
pub(super) fn expression(terms: &[Vec<String>], field: Field) -> String {
    let group = |forms: &[String]| {
        let forms: Vec<String> = forms
            .iter()
            .map(|form| format!("\"{}\"", form.replace('"', "")))
            .collect();
        format!("({})", forms.join(" OR "))
    };
    let all = terms
        .iter()
        .map(|forms| group(forms))
        .collect::<Vec<_>>()
        .join(" AND ");
    match field {
        Field::Any => all,
        Field::Title => {
            let any: Vec<String> = terms.iter().flatten().cloned().collect();
            format!("({all}) AND (title : {})", group(&any))
        }
    }
}
