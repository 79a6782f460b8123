//! Invariant 7: whatever is killed under load, no money event that a caller was told of is lost.

use std::time::Duration;

use crate::support::app::App;
use crate::support::load::Load;
use crate::support::{told, wait};

#[tokio::test]
async fn every_process_is_killed_under_load_and_nothing_that_was_told_is_lost() {
    let mut app = App::start().await;
    let load = Load::start(&app.caller, 8);
    for name in app.names() {
        progress(&load).await;
        app.role(&name).kill();
        app.start_role(&name).await;
    }
    progress(&load).await;
    let answers = load.stop().await;
    app.settled().await;
    told::stand(&app.caller, &answers).await;
}

async fn progress(load: &Load) {
    let before = load.successes();
    wait::within(Duration::from_secs(60), "callers are served again", async || {
        (load.successes() >= before + 20).then_some(())
    })
    .await;
}
