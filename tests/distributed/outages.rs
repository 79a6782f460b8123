//! The servers between the processes go away under load and come back.

use std::time::Duration;

use crate::support::app::App;
use crate::support::backend::Backend;
use crate::support::load::Load;
use crate::support::{told, wait};

#[tokio::test]
async fn nats_is_killed_and_restarted_under_load() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    let load = Load::start(&app.caller, 8);
    served(&load, 50).await;
    let servers = app.servers.as_mut().unwrap();
    servers.nats.kill();
    refused(&load).await;
    servers.nats.restart().await;
    served(&load, 50).await;
    borne_out(&app, load).await;
}

#[tokio::test]
async fn postgres_crashes_and_is_restarted_under_load() {
    let mut app = App::on(Backend::Distributed, &[]).await;
    let load = Load::start(&app.caller, 8);
    served(&load, 50).await;
    let servers = app.servers.as_mut().unwrap();
    servers.postgres.crash();
    refused(&load).await;
    servers.postgres.restart().await;
    served(&load, 50).await;
    borne_out(&app, load).await;
}

async fn served(load: &Load, more: usize) {
    let before = load.successes();
    wait::within(Duration::from_secs(60), "callers are served", async || {
        (load.successes() >= before + more).then_some(())
    })
    .await;
}

/// The outage reaches callers as an answer, not as silence.
async fn refused(load: &Load) {
    let before = load.failures();
    wait::until("callers are refused", async || (load.failures() > before).then_some(())).await;
}

async fn borne_out(app: &App, load: Load) {
    let answers = load.stop().await;
    app.settled().await;
    told::stand(&app.caller, &answers).await;
}
