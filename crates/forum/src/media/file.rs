//! Where files are kept: a folder of this machine (`storage.url`).
//!
//! A file appears under its name at once and whole: it is written beside, flushed to the disk, then renamed. Names come
//! from us alone. A file without a row, as a crash may leave one, is removed by [`sweep`](super::sweep). Not here: object
//! storage of other machines, which this version doesn't offer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;

use crate::{Error, FieldError, Result, Timestamp};

use super::content::{self, Content};

/// Pictures that are decoded at the same time.
const AT_ONCE: usize = 2;
/// Folder of files that are being written.
const INCOMING: &str = "incoming";

/// The files that people attach. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Arc<Path>,
    places: Arc<Semaphore>,
}

impl Files {
    /// In a folder, which is made when the first file comes.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.into(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Judges a file and makes what is kept of it, a few at a time, beside the threads that answer requests.
    pub(super) async fn check(&self, bytes: Vec<u8>, name: String) -> Result<Content, CheckFailed> {
        let _place = self.places.acquire().await.map_err(CheckFailed::other)?;
        tokio::task::spawn_blocking(move || content::check(&bytes, &name))
            .await
            .map_err(CheckFailed::other)?
            .map_err(CheckFailed::Wrong)
    }

    /// Where a file of this name lies; none when it can't be one of ours.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let shelf = name.get(..2).filter(|shelf| !shelf.contains('.'))?;
        is_name(name).then(|| self.folder.join(shelf).join(name))
    }

    /// Keeps a file under a name; done again with the same bytes it changes nothing.
    pub(super) async fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let failed =
            |error: io::Error| Error::External(format!("file `{name}` can't be written: {error}"));
        let path = self
            .path(name)
            .ok_or_else(|| Error::External(format!("`{name}` is not the name of a file")))?;
        let shelf = path.parent().unwrap_or(&self.folder).to_owned();
        let incoming = self.folder.join(INCOMING);
        fs::create_dir_all(&shelf).await.map_err(failed)?;
        fs::create_dir_all(&incoming).await.map_err(failed)?;
        let beside = incoming.join(name);
        let mut file = fs::File::create(&beside).await.map_err(failed)?;
        file.write_all(bytes).await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        fs::rename(&beside, &path).await.map_err(failed)?;
        // The rename itself is on the disk once the folder is.
        let shelf = fs::File::open(&shelf).await.map_err(failed)?;
        shelf.sync_all().await.map_err(failed)
    }

    /// Opens a file; none when it isn't there.
    pub async fn open(&self, name: &str) -> Result<Option<fs::File>> {
        let Some(path) = self.path(name) else {
            return Ok(None);
        };
        match fs::File::open(path).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::External(format!(
                "file `{name}` can't be read: {error}"
            ))),
        }
    }

    /// Removes a file, if it is there.
    pub async fn remove(&self, name: &str) -> Result<()> {
        let Some(path) = self.path(name) else {
            return Ok(());
        };
        match fs::remove_file(path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::External(format!(
                "file `{name}` can't be removed: {error}"
            ))),
            _ => Ok(()),
        }
    }

    /// The names of files last written before a moment, of each shelf in turn, unfinished ones included.
    pub(super) async fn older_than(&self, before: Timestamp) -> Result<Vec<(String, PathBuf)>> {
        let failed =
            |error: io::Error| Error::External(format!("the files can't be listed: {error}"));
        let mut found = Vec::new();
        let mut shelves = match fs::read_dir(&self.folder).await {
            Ok(shelves) => shelves,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(failed(error)),
        };
        while let Some(shelf) = shelves.next_entry().await.map_err(failed)? {
            // Only what we made: two signs of a name, or the folder of unfinished files.
            let ours = shelf
                .file_name()
                .to_str()
                .is_some_and(|name| name == INCOMING || name.len() == 2);
            if !ours || !shelf.file_type().await.map_err(failed)?.is_dir() {
                continue;
            }
            let mut files = fs::read_dir(shelf.path()).await.map_err(failed)?;
            while let Some(file) = files.next_entry().await.map_err(failed)? {
                let Ok(about) = file.metadata().await else {
                    continue;
                };
                let written = about
                    .modified()
                    .ok()
                    .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
                    .and_then(|since| i64::try_from(since.as_millis()).ok());
                if about.is_file()
                    && written.is_some_and(|at| at < before.0)
                    && let Some(name) = file.file_name().to_str()
                {
                    found.push((name.to_owned(), file.path()));
                }
            }
        }
        Ok(found)
    }
}

/// True for what could be the name of a file of ours.
pub(super) fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && !name.contains("..")
}

/// Why a file was not judged, or is not taken.
pub(super) enum CheckFailed {
    /// What is wrong with it.
    Wrong(FieldError),
    /// Our trouble.
    Other(String),
}

impl CheckFailed {
    fn other(error: impl std::fmt::Display) -> Self {
        Self::Other(format!("the file can't be looked at: {error}"))
    }
}

impl From<CheckFailed> for Error {
    fn from(failed: CheckFailed) -> Self {
        match failed {
            CheckFailed::Wrong(wrong) => Self::Invalid(vec![wrong]),
            CheckFailed::Other(text) => Self::External(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_our_names_are_files() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::new(dir.path());
        for name in [
            "", "a", "../x", "a/b.png", "ab..png", ".a", "AB-1.png", "a\0b",
        ] {
            assert!(files.path(name).is_none(), "{name}");
        }
        files.put("ab12-7.txt", b"text").await.unwrap();
        files.put("ab12-7.txt", b"text").await.unwrap();
        assert!(dir.path().join("ab/ab12-7.txt").is_file());
        assert!(files.open("ab12-7.txt").await.unwrap().is_some());
        files.remove("ab12-7.txt").await.unwrap();
        files.remove("ab12-7.txt").await.unwrap();
        assert!(files.open("ab12-7.txt").await.unwrap().is_none());
    }
}
