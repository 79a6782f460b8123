//! One operating-system process of the product or of a server that it needs. Its output goes to
//! files, which the canary test reads, and it dies with the test that started it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::wait::{self, DEADLINE};

/// A running process, killed on drop.
pub(crate) struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts `program`; its output goes to `NAME.N.out` and `NAME.N.err` in `logs` when it is the Nth of its name.
    pub(crate) fn spawn(name: &str, logs: &Path, program: &mut Command) -> Self {
        let log = |nth, kind| logs.join(format!("{name}.{nth}.{kind}"));
        let nth = (1..).find(|nth| !log(*nth, "out").exists()).unwrap();
        let (stdout, stderr) = (log(nth, "out"), log(nth, "err"));
        let child = program
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, stdout, stderr }
    }

    /// Its id in the operating system.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard output so far.
    pub(crate) fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).unwrap()
    }

    /// What it has written to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap()
    }

    /// Waits until `ready` finds what it looks for; a process that ends before that fails the test
    /// with its own words.
    pub(crate) async fn ready<T>(&mut self, mut ready: impl AsyncFnMut(&Self) -> Option<T>) -> T {
        let what = format!("{} is ready", self.name);
        wait::until(&what, async || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{} ended with {status}:\n{}", self.name, self.stderr());
            }
            ready(self).await
        })
        .await
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGSTOP: it keeps its sockets and does nothing, as a machine that hangs.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT, after [`Process::freeze`].
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Sends a signal by name and waits for the process to end.
    pub(crate) fn stop(&mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        let what = format!("{} ends after SIG{signal}", self.name);
        wait::blocking(DEADLINE, &what, || self.child.try_wait().unwrap())
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().unwrap();
        assert!(sent.success(), "SIG{signal} does not reach {}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `program`, to be killed by the kernel when the thread that starts it is gone: a test that is
/// itself killed leaves nothing behind.
pub(crate) fn bound(program: impl AsRef<OsStr>) -> Command {
    bound_as(&[], program)
}

/// As [`bound`], under another user when `setpriv` is told so.
pub(crate) fn bound_as(user: &[&str], program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(user).arg("--").arg(program);
    command
}
