//! A node as its own process, which can be killed at any moment and started again on the same data.

use std::future::Future;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use parvis_db::Db;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::Client;

/// A node in a process of its own.
pub struct NodeProcess {
    /// `http://localhost:PORT`.
    pub url: String,
    /// `localhost:PORT`.
    pub host: String,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    largest_file: Option<u64>,
    child: Option<Child>,
    files: tempfile::TempDir,
}

/// The program, as `tests/run` built it, else beside the test itself.
fn program() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "said by whoever runs the tests")]
    let named = std::env::var("PARVIS_BIN");
    if let Ok(named) = named {
        return named.into();
    }
    let test = std::env::current_exe().expect("the test's own path");
    let beside = test
        .parent()
        .and_then(|deps| deps.parent())
        .expect("the target folder")
        .join("parvis");
    assert!(
        beside.exists(),
        "{} is not built: run `cargo build`, or set PARVIS_BIN",
        beside.display()
    );
    beside
}

impl NodeProcess {
    /// Prepares a node with a database of its own, and starts it.
    pub async fn start() -> Self {
        let mut node = Self::prepared(&[]).await;
        node.restart().await;
        node
    }

    /// Prepares a node with a database of its own and further settings (`FEDERATION__CONCURRENCY`, …), not started.
    pub async fn prepared(settings: &[(&str, &str)]) -> Self {
        crate::http();
        let files = tempfile::tempdir().expect("a folder");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port")
            .port();
        let url = format!("http://localhost:{port}");
        let set = |name: &str, value: String| (format!("PARVIS_{name}"), value);
        let mut environment = vec![
            set("SERVER__BIND", format!("127.0.0.1:{port}")),
            set("SERVER__PUBLIC_URL", url.clone()),
            set("DATABASE__URL", crate::node::database_url(&files).await),
            set(
                "STORAGE__URL",
                format!("file://{}", files.path().join("media").display()),
            ),
            set("FEDERATION__INSECURE", "true".to_owned()),
            set("LOG", "warn".to_owned()),
        ];
        environment.extend(
            settings
                .iter()
                .map(|(name, value)| set(name, (*value).to_owned())),
        );
        Self {
            host: format!("localhost:{port}"),
            url,
            environment,
            arguments: vec!["serve".to_owned()],
            largest_file: None,
            child: None,
            files,
        }
    }

    /// Which command [`Self::restart`] starts; `serve` unless said otherwise.
    pub fn set_arguments(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|&a| a.to_owned()).collect();
    }

    /// The address of its database.
    pub fn database_url(&self) -> &str {
        self.environment
            .iter()
            .find(|(name, _)| name == "PARVIS_DATABASE__URL")
            .map(|(_, url)| url.as_str())
            .expect("every node has a database")
    }

    /// The id of the running process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// From the next start on, no file of the node grows beyond so many blocks of 512 bytes.
    pub fn limit_files(&mut self, blocks: Option<u64>) {
        self.largest_file = blocks;
    }

    /// The folder in which it works.
    pub fn folder(&self) -> &std::path::Path {
        self.files.path()
    }

    /// Starts the program again; waits until it answers.
    pub async fn restart(&mut self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        self.child = Some(self.launch(&arguments, "listening on").await);
    }

    /// Starts another process of the program on the same data; waits until it says that it works. It is killed when
    /// it is dropped.
    pub async fn beside(&self, arguments: &[&str], said: &str) -> Child {
        self.launch(arguments, said).await
    }

    async fn launch(&self, arguments: &[&str], said: &str) -> Child {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(out).lines();
        let saying = async {
            while let Some(line) = lines.next_line().await.expect("text") {
                if line.contains(said) {
                    return true;
                }
            }
            false
        };
        let started = tokio::time::timeout(Duration::from_mins(1), saying).await;
        assert!(matches!(started, Ok(true)), "the node doesn't start");
        #[expect(
            clippy::disallowed_methods,
            reason = "ends with the process whose output it empties"
        )]
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        child
    }

    /// SIGKILL.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("killed");
        }
    }

    /// SIGTERM. Answers how it ended.
    pub async fn terminate(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let id = child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(sent.expect("kill is there").success());
        child.wait().await.expect("it ends")
    }

    /// On PostgreSQL frees what a killed process held, as a minute does; on SQLite the next one does so by itself.
    pub async fn end_leases(&self) {
        if self.database_url().starts_with("sqlite:") {
            return;
        }
        let db = Db::connect(self.database_url(), None)
            .await
            .expect("the database opens");
        let tx = db.begin().await.expect("a transaction");
        parvis_db::queue::forget_leases(&tx).await.expect("freed");
        tx.commit().await.expect("committed");
        db.close().await.expect("closed");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.largest_file {
            None => Command::new(program()),
            Some(blocks) => {
                // Whoever writes beyond is told so, instead of being killed.
                let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
                let mut shell = Command::new("sh");
                shell.args(["-c", &limited]).arg(program());
                shell
            }
        };
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(n, v)| (n, v)))
            .current_dir(self.files.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs another command of the program on the same data; answers its JSON.
    pub async fn run(&self, arguments: &[&str], input: &str) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let mut child = self
            .command(&all)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(input.as_bytes()).await.expect("written");
        drop(stdin);
        let out = child.wait_with_output().await.expect("it ends");
        assert!(out.status.success(), "{arguments:?} was refused");
        serde_json::from_slice(&out.stdout).expect("JSON")
    }

    /// Runs a command that must be refused; answers the line that says why.
    pub async fn refused(&self, arguments: &[&str]) -> String {
        let out = self
            .command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .await
            .expect("the program starts");
        assert_eq!(out.status.code(), Some(1), "{arguments:?} was not refused");
        String::from_utf8_lossy(&out.stderr).into_owned()
    }

    /// Adds a category through the command line; answers its ActivityPub id.
    pub async fn category(&self, slug: &str) -> String {
        let create = ["category", "create", "--slug", slug, "--title", slug];
        let category = self.run(&create, "").await;
        category["uri"].as_str().expect("an id").to_owned()
    }

    /// Adds somebody through the command line.
    pub async fn person(&self, name: &str) -> Client {
        let email = format!("{name}@example.org");
        self.run(
            &[
                "user",
                "create",
                "--name",
                name,
                "--email",
                &email,
                "--password-stdin",
            ],
            crate::node::PASSWORD,
        )
        .await;
        let token = self.run(&["token", "create", "--user", name], "").await;
        Client::new(
            &self.url,
            Some(token["token"].as_str().expect("a token").to_owned()),
        )
    }
}

/// Asks again and again, for two minutes and a half at most, until `probe` answers something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut probe: impl FnMut() -> F,
) -> T {
    for _ in 0..3000 {
        if let Some(found) = probe().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what} doesn't happen");
}
