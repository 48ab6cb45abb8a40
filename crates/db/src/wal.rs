//! One write to the disk for many commits: the durable half of a commit on SQLite.
//!
//! The writer commits with `synchronous = NORMAL`, which hands the write-ahead log to the operating system, so that
//! other transactions and a killed process find it. Before a commit is reported, [`Wal::sync`] has the log written to
//! the disk itself; those who wait while a write is under way share the next one. The promise is that of
//! `synchronous = FULL` for whoever awaits it, at the cost of one disk write for all who wait (docs/decisions/0009).

use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{DbErr, RuntimeErr};
use tokio::sync::Mutex;

/// The write-ahead log of an SQLite file.
#[derive(Debug)]
pub(crate) struct Wal {
    path: PathBuf,
    /// Commits so far.
    asked: AtomicU64,
    /// How far the disk has them, or why it will not have them any more.
    done: Arc<Mutex<Result<u64, String>>>,
    /// Writes to the disk so far.
    writes: AtomicU64,
}

impl Wal {
    /// The log beside the database file `path`.
    pub(crate) fn beside(path: &str) -> Self {
        Self {
            path: PathBuf::from(format!("{path}-wal")),
            asked: AtomicU64::new(0),
            done: Arc::new(Mutex::new(Ok(0))),
            writes: AtomicU64::new(0),
        }
    }

    /// Waits until everything that was committed before this call is on the disk.
    ///
    /// After a failed write the operating system may have dropped what it held, and a second one would succeed without
    /// it: so one failure makes every later call fail, until the program is started again.
    pub(crate) async fn sync(&self) -> Result<(), DbErr> {
        let mine = self.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let mut done = Arc::clone(&self.done).lock_owned().await;
        let upto = self.asked.load(Ordering::Acquire);
        match &*done {
            Ok(written) if *written >= mine => return Ok(()),
            Ok(_) => {}
            Err(why) => return Err(failed(why)),
        }
        self.writes.fetch_add(1, Ordering::Relaxed);
        let path = self.path.clone();
        // What came of it is noted even if nobody waits for it any more: a failure must not be forgotten.
        let written = tokio::task::spawn_blocking(move || {
            *done = write(path)
                .map(|()| upto)
                .map_err(|error| error.to_string());
            done.clone()
        });
        match written.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(why)) => Err(failed(&why)),
            Err(error) => Err(failed(&error.to_string())),
        }
    }

    /// Writes to the disk so far.
    #[cfg(test)]
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }
}

fn write(path: PathBuf) -> std::io::Result<()> {
    // Opened each time: the file is another one after the last connection was closed. No log, nothing to write: what
    // was in it has been moved to the database file, which SQLite does with a write of its own.
    match File::open(path) {
        Ok(log) => log.sync_data(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn failed(why: &str) -> DbErr {
    DbErr::Exec(RuntimeErr::Internal(format!(
        "the disk did not take the write-ahead log: {why}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Engine};

    #[tokio::test]
    async fn many_commits_share_a_write_and_deferred_ones_wait_for_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let db = Db::connect(&format!("sqlite://{}", path.display()), None)
            .await
            .unwrap();
        db.migrate().await.unwrap();
        let Engine::Sqlite { wal, .. } = db.engine().clone() else {
            panic!("not SQLite");
        };
        let before = wal.writes();
        let tx = db.begin_deferred().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(wal.writes(), before);
        let tx = db.begin().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(wal.writes(), before + 1);
    }

    #[tokio::test]
    async fn who_waits_for_a_write_shares_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        std::fs::write(dir.path().join("t.db-wal"), b"log").unwrap();
        let wal = Arc::new(Wal::beside(&path.display().to_string()));
        // Somebody is writing; ten others commit meanwhile.
        let writing = wal.done.lock().await;
        let mut ten = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let wal = Arc::clone(&wal);
            ten.spawn(async move { wal.sync().await });
        }
        while wal.asked.load(Ordering::Acquire) < 10 {
            tokio::task::yield_now().await;
        }
        drop(writing);
        for one in ten.join_all().await {
            one.unwrap();
        }
        assert_eq!(wal.writes(), 1);
    }

    #[tokio::test]
    async fn one_failure_is_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let wal = Wal::beside(&dir.path().join("t.db").display().to_string());
        assert!(wal.sync().await.is_ok(), "no log, nothing to write");
        *wal.done.lock().await = Err("the disk is gone".to_owned());
        let error = wal.sync().await.unwrap_err().to_string();
        assert!(error.contains("the disk is gone"), "{error}");
    }
}
