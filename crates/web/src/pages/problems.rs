//! What is wrong with a form, said in the reader's language.

use parvis_forum::{Error, FieldError as Wrong};

use crate::error::AppError;
use crate::extract::Reader;
use crate::state::AppState;
use crate::views::forms::{FieldError, Problem};

/// One problem of a field.
pub(crate) fn problem(
    state: &AppState,
    reader: &Reader,
    field: &str,
    problem: &Problem,
) -> FieldError {
    FieldError::new(state.templates.catalog(), reader.locale, field, problem)
}

/// The problems that the forum found. `renamed` gives the names in the form of fields that are called otherwise there.
pub(crate) fn found(
    state: &AppState,
    reader: &Reader,
    wrong: &[Wrong],
    renamed: &[(&str, &str)],
) -> Vec<FieldError> {
    wrong
        .iter()
        .map(|error| {
            let name = renamed
                .iter()
                .find(|(theirs, _)| *theirs == error.field)
                .map_or(error.field, |(_, ours)| ours);
            problem(state, reader, name, &Problem::of(error))
        })
        .collect()
}

/// The wrong fields, when the error is about fields; else the error goes on.
pub(crate) fn only_fields(error: Error) -> Result<Vec<Wrong>, AppError> {
    match error {
        Error::Invalid(wrong) => Ok(wrong),
        other => Err(other.into()),
    }
}

/// What a form says when what it holds is not taken now: wrong fields, or too much of a new member in a day. Other errors
/// go on.
pub(crate) fn refused(
    state: &AppState,
    reader: &Reader,
    error: Error,
) -> Result<Vec<FieldError>, AppError> {
    match error {
        Error::Invalid(wrong) => Ok(found(
            state,
            reader,
            &wrong,
            &[("draft", ""), ("poll", "poll_choices"), ("quote", "quoted")],
        )),
        Error::TooMany { retry_after } => {
            let minutes = u32::try_from(retry_after.div_ceil(60)).unwrap_or(u32::MAX);
            let problem_of_new = Problem::NewMember { minutes };
            Ok(vec![problem(state, reader, "", &problem_of_new)])
        }
        other => Err(other.into()),
    }
}
