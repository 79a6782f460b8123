//! `kill -9` of each role at each step of a call. A call is held at a step by freezing the process that would take
//! the next one; then a process is killed, what was frozen goes on, and what was killed is started again.

use crate::support::app::{App, PING};
use crate::support::backend::Backend;
use crate::support::http::{Answer, Client};
use crate::support::{told, wait};

const PRICE: i64 = PING.cast_signed();

/// Where a call is held.
#[derive(Clone, Copy)]
enum Step {
    /// The ingress has asked for the charge; payments has not answered.
    Asked,
    /// The charge is in the log; the worker has not answered.
    Charged,
    /// The caller is answered; payments has not heard of the end.
    Answered,
}

macro_rules! killed_at {
    ($($step:ident: $name:ident),* $(,)?) => {$(
        mod $name {
            use super::{Step, killed};

            #[tokio::test]
            async fn api() {
                killed("api", Step::$step).await;
            }

            #[tokio::test]
            async fn payments() {
                killed("payments", Step::$step).await;
            }

            #[tokio::test]
            async fn worker() {
                killed("ping", Step::$step).await;
            }

            #[tokio::test]
            async fn projector() {
                killed("projector", Step::$step).await;
            }
        }
    )*};
}

killed_at!(Asked: killed_when_asked, Charged: killed_when_charged, Answered: killed_when_answered);

async fn killed(victim: &str, step: Step) {
    // A frozen process is not to be taken for a dead one before the test has come to its point.
    let mut app = App::on(Backend::Distributed, &[("BUS__SILENCE_MS_MAX", "20000")]).await;
    let before = app.books();
    let call = held(&mut app, step).await;

    app.role(victim).kill();
    for frozen in ["payments", "ping"] {
        if frozen != victim {
            app.role(frozen).thaw();
        }
    }
    app.start_role(victim).await;

    // A killed ingress tells its caller nothing, unless it had answered; every other death is answered.
    let answer = call.await.unwrap();
    assert_eq!(answer.is_some(), victim != "api" || matches!(step, Step::Answered), "{answer:?}");
    // What payments was asked before this, it has done before this.
    served_again(&app.caller).await;
    let after = app.settled().await;
    assert_eq!(after.deposits, before.deposits);
    let earned = after.earned - before.earned - PRICE;
    assert!(earned == 0 || earned == PRICE, "one call, one price: {earned}");
    if let Some(answer) = answer {
        // An ingress that dies right after its answer may take the word of the end with it.
        assert!(victim == "api" || (answer.status == 200) == (earned > 0), "{earned} for {answer:?}");
        told::stand(&app.caller, &[answer]).await;
    }
}

type Call = tokio::task::JoinHandle<Option<Answer>>;

/// Starts a call and returns when it stands at `step`.
async fn held(app: &mut App, step: Step) -> Call {
    let caller = app.caller.clone();
    let start = move || tokio::spawn(async move { caller.try_ping().await.ok() });
    match step {
        Step::Asked => {
            app.role("payments").freeze();
            let asked_before = asked(app).await;
            let call = start();
            wait::until("the charge is asked for", async || (asked(app).await > asked_before).then_some(())).await;
            call
        }
        Step::Charged => {
            app.role("ping").freeze();
            let call = start();
            wait::until("the call is charged", async || (app.books().unearned > 0).then_some(())).await;
            call
        }
        Step::Answered => {
            app.role("ping").freeze();
            let call = start();
            wait::until("the call is charged", async || (app.books().unearned > 0).then_some(())).await;
            app.role("payments").freeze();
            app.role("ping").thaw();
            wait::until("the caller is answered", async || call.is_finished().then_some(())).await;
            call
        }
    }
}

async fn asked(app: &App) -> u64 {
    app.servers.as_ref().unwrap().nats.delivered_on("cmd.payments.authorize").await
}

async fn served_again(caller: &Client) {
    wait::until("callers are served again", async || {
        let answer = caller.try_ping().await.ok()?;
        (answer.status == 200).then_some(())
    })
    .await;
}
