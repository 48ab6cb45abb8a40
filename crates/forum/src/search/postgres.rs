//! The index of PostgreSQL: a `tsvector` of the stems, the title with weight A.

use super::query::Field;

/// Documents that match the expression; `{}` is its place.
pub(super) const MATCHING: &str = " WHERE d.terms @@ to_tsquery('simple', {})";

/// All terms, each by one of its forms. Forms are quoted: letters and digits, never syntax.
pub(super) fn expression(terms: &[Vec<String>], field: Field) -> String {
    let group = |forms: &[String], weight: &str| {
        let forms: Vec<String> = forms
            .iter()
            .map(|form| format!("'{}'{weight}", form.replace(['\'', '\\'], "")))
            .collect();
        format!("({})", forms.join(" | "))
    };
    let all = terms
        .iter()
        .map(|forms| group(forms, ""))
        .collect::<Vec<_>>()
        .join(" & ");
    match field {
        Field::Any => all,
        Field::Title => {
            let any: Vec<String> = terms.iter().flatten().cloned().collect();
            format!("({all}) & {}", group(&any, ":A"))
        }
    }
}
