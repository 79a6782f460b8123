//! A process of its own for one side of a conversation, so that a test can kill it as a machine would: this test
//! binary, started once more with a role to play.

use std::process::{Child, Command, Stdio};

use aipaygen_bus::nats::NatsBus;
use aipaygen_bus::{Message, Request, Settings, SharedBus};

use super::{far, handler, serve};

const ROLE: &str = "BUS_TEST_ROLE";
const URL: &str = "BUS_TEST_URL";

/// What the other process does until it is killed.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    /// Serves `doomed`, says so on `begun`, and never answers.
    Worker,
    /// Serves `doomed` and sends one part, then nothing.
    WorkerInParts,
    /// Asks `steady` for parts and never reads them.
    Requester,
}

/// The other process, killed on drop.
pub(crate) struct OtherProcess(Child);

impl OtherProcess {
    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        // The test may have killed it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process in a role.
pub(crate) fn child(role: Role, url: &str) -> OtherProcess {
    let role = match role {
        Role::Worker => "worker",
        Role::WorkerInParts => "worker-in-parts",
        Role::Requester => "requester",
    };
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "support::processes::other_process", "--ignored"])
        .envs([(ROLE, role), (URL, url)])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    OtherProcess(command.spawn().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the part of the other process; the tests start it"]
async fn other_process() {
    let (Ok(role), Ok(url)) = (std::env::var(ROLE), std::env::var(URL)) else { return };
    let bus: SharedBus = NatsBus::connect(&Settings { url: url.into(), ..Settings::default() }).await.unwrap();
    match role.as_str() {
        "worker" => {
            let teller = bus.clone();
            let begin = move |_| {
                let teller = teller.clone();
                async move {
                    teller.broadcast("begun", Message::default()).await.unwrap();
                    std::future::pending().await
                }
            };
            drop(serve(&bus, "doomed", handler(begin)).await);
        }
        "worker-in-parts" => {
            let one_part = async |request: Request| {
                request.parts.unwrap().send("first".into()).await.unwrap();
                std::future::pending().await
            };
            drop(serve(&bus, "doomed", handler(one_part)).await);
        }
        "requester" => std::mem::forget(bus.request_parts("steady", Message::default(), far()).await.unwrap()),
        other => panic!("no such role: {other}"),
    }
    std::future::pending().await
}
