//! The rules of the repository that no compiler holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// Files that git knows, or would take.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(listed.status.success(), "git ls-files failed");
    String::from_utf8(listed.stdout)
        .expect("names in UTF-8")
        .lines()
        .map(|line| root().join(line))
        .filter(|path| path.is_file())
        .collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a source file");
            (path, text)
        })
        .collect()
}

fn dependencies(manifest: &str) -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    manifest["dependencies"]
        .as_table()
        .expect("dependencies")
        .keys()
        .cloned()
        .collect()
}

/// The straight line: each crate may use those before it.
const LINE: &[(&str, &str)] = &[
    ("parvis-migrations", "migrations"),
    ("parvis-db", "crates/db"),
    ("parvis-forum", "crates/forum"),
    ("parvis-federation", "crates/federation"),
    ("parvis-web", "crates/web"),
    ("parvis", "crates/parvis"),
];

#[test]
fn crates_use_only_those_above_them() {
    for (at, (name, folder)) in LINE.iter().enumerate() {
        for dependency in dependencies(&format!("{folder}/Cargo.toml")) {
            if let Some(other) = LINE.iter().position(|(n, _)| *n == dependency) {
                assert!(other < at, "{name} must not use {dependency}");
            }
        }
    }
}

#[test]
fn each_technique_has_its_crates() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("sea-orm", &["parvis-db", "parvis-forum"][..]),
        ("sea-orm-migration", &["parvis-migrations", "parvis-db"]),
        ("sqlx", &["parvis-db"]),
        ("activitypub_federation", &["parvis-federation"]),
        ("reqwest", &["parvis-federation"]),
        ("axum", &["parvis-web"]),
        ("minijinja", &["parvis-web"]),
        ("clap", &["parvis"]),
        ("anyhow", &["parvis"]),
    ]);
    for (name, folder) in LINE {
        for dependency in dependencies(&format!("{folder}/Cargo.toml")) {
            if let Some(crates) = allowed.get(dependency.as_str()) {
                assert!(crates.contains(name), "{name} must not list {dependency}");
            }
        }
    }
}

#[test]
fn no_source_file_is_longer_than_800_lines() {
    for (path, text) in sources() {
        let code = text
            .split("\n#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let lines = code.lines().count();
        assert!(lines <= 800, "{} has {lines} lines", path.display());
    }
}

#[test]
fn each_source_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//!"),
            "{} has no module docs",
            path.display()
        );
    }
}

#[test]
fn files_have_names_that_say_something() {
    for path in files() {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .to_lowercase();
        for word in [
            "utils", "util", "helpers", "helper", "common", "manager", "service", "misc",
        ] {
            assert_ne!(stem, word, "{}", path.display());
        }
    }
}

#[test]
fn no_file_names_a_path_of_a_machine() {
    let marks: Vec<String> = ["root", "home", "work"]
        .iter()
        .map(|w| format!("/{w}/"))
        .collect();
    for path in files() {
        let known = path.extension().is_some_and(|e| {
            [
                "rs", "md", "toml", "html", "css", "js", "mjs", "ftl", "json",
            ]
            .contains(&e.to_string_lossy().as_ref())
        });
        if !known {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        for mark in &marks {
            for (at, _) in text.match_indices(mark.as_str()) {
                let before = text[..at].chars().next_back();
                let inside_a_word =
                    before.is_some_and(|c| c.is_alphanumeric() || "_./-".contains(c));
                assert!(inside_a_word, "{} has {mark}", path.display());
            }
        }
    }
}

#[test]
fn the_pages_for_those_who_change_it_name_what_there_is() {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    for (name, folder) in LINE {
        assert!(page.contains(&format!("`{folder}`")), "{name} is missing");
    }
    for name in ["docs/architecture.md", "CONTRIBUTING.md"] {
        let page = std::fs::read_to_string(root().join(name)).expect("the page");
        // Code stands apart from the words around it; of those, every path that looks like one of ours exists.
        let words = page
            .split("```")
            .step_by(2)
            .flat_map(|text| text.split('`').skip(1).step_by(2));
        for path in words.filter(|word| {
            let first = word.split('/').next().unwrap_or_default();
            let ours = ["crates", "migrations", "tests", "docs", "config"];
            word.contains('/') && !word.contains(' ') && ours.contains(&first)
        }) {
            assert!(root().join(path).exists(), "{name} names {path}");
        }
    }
}

#[test]
fn modules_use_each_other_without_circles_between_crates_and_layers() {
    // Inside `forum`, policy and text are leaves: they are asked, they don't act.
    for (path, text) in sources() {
        let path = path.strip_prefix(root()).unwrap_or(&path).to_owned();
        let name = path.to_string_lossy().into_owned();
        if name.starts_with("crates/forum/src/policy") || name.starts_with("crates/forum/src/text")
        {
            for word in ["sea_orm", "&Tx", "async fn"] {
                assert!(!text.contains(word), "{name} must not know {word}");
            }
        }
    }
}
