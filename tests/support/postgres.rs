//! A private Postgres server for one test: a copy of a cluster that `initdb` made once, so that it
//! starts in a third of a second and its files hold nothing but what this test wrote.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Process, bound_as};
use super::{open_to_all, port, repository};

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fsync {
    /// As in production: what is measured must.
    On,
    /// Nobody pulls the plug on a test, and a crash of the server loses nothing without fsync.
    Off,
}

/// A Postgres server of this test alone.
pub(crate) struct Postgres {
    port: u16,
    files: PathBuf,
    logs: PathBuf,
    fsync: Fsync,
    server: Process,
}

impl Postgres {
    /// Starts a server whose files and log are kept under `dir`.
    pub(crate) async fn start(dir: &Path, fsync: Fsync) -> Self {
        let files = dir.join("postgres");
        copy(&cluster(), &files);
        let port = port::free();
        let server = spawn(port, &files, dir, fsync).await;
        Self { port, files, logs: dir.to_owned(), fsync, server }
    }

    /// Ends the server as a crash would: nothing is flushed, and the next start has to recover.
    pub(crate) fn crash(&mut self) {
        self.server.stop("QUIT");
    }

    /// Starts the server again on its port and its files.
    pub(crate) async fn restart(&mut self) {
        self.server = spawn(self.port, &self.files, &self.logs, self.fsync).await;
    }

    /// How its owner connects.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Makes another database on the same server, and says how its owner connects.
    pub(crate) fn database(&self, name: &str) -> String {
        let mut command = Command::new(binary("createdb"));
        command.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.port.to_string(), name]);
        assert!(command.status().unwrap().success(), "no database {name}");
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// The id of its first process, the parent of all others.
    pub(crate) fn id(&self) -> u32 {
        self.server.id()
    }
}

impl Drop for Postgres {
    // A postmaster that is killed leaves its children behind; this ends them as well.
    fn drop(&mut self) {
        self.crash();
    }
}

async fn spawn(port: u16, files: &Path, logs: &Path, fsync: Fsync) -> Process {
    let mut command = bound_as(&owner(), binary("postgres"));
    command.arg("-D").arg(files).arg("-k").arg(files).args(["-p", &port.to_string()]);
    let fsync = if fsync == Fsync::On { "fsync=on" } else { "fsync=off" };
    for setting in ["listen_addresses=127.0.0.1", fsync, "max_connections=300"] {
        command.args(["-c", setting]);
    }
    let mut server = Process::spawn("postgres", logs, &mut command);
    server.ready(async |_| accepts(port).then_some(())).await;
    server
}

fn accepts(port: u16) -> bool {
    let mut command = Command::new(binary("pg_isready"));
    command.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).status().unwrap().success()
}

/// The cluster that the copies are made of; the first test to come makes it, the others wait.
fn cluster() -> PathBuf {
    let home = repository().join("target/test-servers");
    fs::create_dir_all(&home).unwrap();
    let lock = File::create(home.join("lock")).unwrap();
    lock.lock().unwrap();
    let (cluster, draft) = (home.join("postgres"), tempfile::tempdir().unwrap());
    if !cluster.join("PG_VERSION").exists() {
        initialise(draft.path());
        copy(&draft.path().join("postgres"), &cluster);
    }
    cluster
}

fn initialise(dir: &Path) {
    open_to_all(dir);
    let mut command = bound_as(&owner(), binary("initdb"));
    command.arg("-D").arg(dir.join("postgres"));
    command.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
    let made = command.output().unwrap();
    assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success(), "{} is not copied", from.display());
}

/// Postgres refuses to run as root, and then runs as the user that Debian made for it.
fn owner() -> Vec<&'static str> {
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if root { vec!["--reuid=postgres", "--regid=postgres", "--init-groups"] } else { vec![] }
}

/// Debian keeps these out of the path, one directory a version.
fn binary(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("`make test` installs Postgres");
    let paths = versions.map(|version| version.unwrap().path().join("bin").join(name));
    paths.filter(|path| path.exists()).max().expect("`make test` installs Postgres")
}
