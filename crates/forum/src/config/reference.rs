//! The reference of the configuration, written from the settings themselves: `config/parvis.example.toml` and
//! `docs/configuration.md`. `parvis docs` writes both; a test compares them with what is committed.

use super::setting::{Field, say_range};
use super::{LATER, sections, source};

/// The text of `config/parvis.example.toml`: every setting at its default, commented out.
pub fn example_file() -> String {
    let mut lines = vec![
        "# Configuration of a Parvis node. Every setting is shown at its default; take the # away to change it.".to_owned(),
        "# Written by `parvis docs` from the program itself; docs/configuration.md says the same at more length.".to_owned(),
    ];
    for (name, about, fields) in sections() {
        lines.extend([String::new(), format!("#{about}"), format!("[{name}]")]);
        for field in fields {
            lines.extend([
                String::new(),
                format!("#{}", field.meaning),
                format!("# Takes: {}.", takes(&field).replace('`', "")),
            ]);
            let name = field.key.rsplit('.').next().unwrap_or(field.key);
            lines.push(match default(&field) {
                Some(value) => format!("# {name} = {value}"),
                None => format!("# Unset by default: {name}"),
            });
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The text of `docs/configuration.md`.
pub fn reference_page() -> String {
    let mut lines = vec![
        "# Configuration

This page is written by `parvis docs` from the program itself. To change it, change the settings in \
`crates/forum/src/config/`, then run `just docs`.

## Where values come from

1. Built-in defaults: without any file, `parvis serve` runs on SQLite under `data/`.
2. A TOML file: the one given with `--config FILE`, else by `PARVIS_CONFIG`, else `config/parvis.toml`, else \
`/etc/parvis/parvis.toml`. `config/parvis.example.toml` is a start.
3. The environment, which wins over the file: `PARVIS_`, the section, `__`, the key, in capitals. \
`PARVIS_DATABASE__URL` is `database.url`. Lists are separated by commas, or written as a TOML array.

An unknown key, or a value out of range, stops the program with one line that names the key, the place and \
what would be valid. `PARVIS_LOG` sets what is logged (see [logging.md](logging.md)); `PARVIS_TEST_*` belongs to the tests."
            .to_owned(),
    ];
    for (name, about, fields) in sections() {
        lines.push(format!(
            "\n## `[{name}]`\n\n{}\n\n| key | takes | default | meaning |\n|---|---|---|---|",
            about.trim()
        ));
        for field in fields {
            let row = [
                format!("`{}`<br>`{}`", field.key, source::variable(field.key)),
                takes(&field),
                default(&field).map_or_else(|| "unset".to_owned(), |value| format!("`{value}`")),
                field.meaning.trim().to_owned(),
            ];
            lines.push(format!(
                "| {} |",
                row.map(|cell| cell.replace('|', "\\|")).join(" | ")
            ));
        }
    }
    lines.push(
        "
## Not in this version

These keys and values are promised for a later version. They are recognised and refused, so that nobody \
believes them to be at work.

| key | for |
|---|---|"
            .to_owned(),
    );
    lines.extend(
        LATER
            .iter()
            .map(|(key, purpose)| format!("| `{key}` | {purpose} |")),
    );
    lines.push(
        "| `registration.mode = \"invite\"` | accounts by invitation |
| `storage.url = \"s3://…\"` | files in object storage |
| `ui.theme = \"dsfr\"` | the State's design system |
"
        .to_owned(),
    );
    lines.join("\n")
}

/// The default as TOML; none for a setting that is unset.
fn default(field: &Field) -> Option<String> {
    (!field.optional || !field.default.is_empty()).then(|| field.kind.toml(field.default))
}

fn takes(field: &Field) -> String {
    let Some(range) = &field.range else {
        return field.form.clone();
    };
    format!("{}, {}", field.form, say_range(range, field.unit))
}
