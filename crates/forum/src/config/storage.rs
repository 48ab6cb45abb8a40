//! `[storage]`: where files live that people attach to their posts.

use std::path::{Path, PathBuf};

use super::setting::{Given, Kind, Refusal, Setting, section, text};

section! {
    /// Files.
    Storage = "storage" {
        /// `file://` and the folder of attached files, relative to where the node is started or absolute (`file:///srv/parvis`).
        url: StorageUrl = "file://data/media";
    }
}

/// Where files are kept: a folder of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageUrl {
    folder: PathBuf,
}

impl StorageUrl {
    /// Storage in a folder.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder, which may not exist yet.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

impl Setting for StorageUrl {
    const KIND: Kind = Kind::Text;

    fn form() -> String {
        "`file://…`".to_owned()
    }

    fn read(given: &Given) -> Result<Self, Refusal> {
        let text = text(given)?;
        if text.starts_with("s3:") {
            return Err(Refusal::Later);
        }
        match text.strip_prefix("file://") {
            Some(path) if !path.is_empty() => Ok(Self::folder(path)),
            _ => Err(Refusal::Invalid("must be file:// and a folder".to_owned())),
        }
    }
}
