//! The paid call without its ingress: what the api asks of the bus, asked by this process over the same NATS.
//! What a paid call takes longer than this is the ingress's own share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aipaygen_bus::commands::{Authorization, Authorize, ENDS_QUEUE, End, EndHow, Payer, call, encode};
use aipaygen_bus::tool::{ToolOutcome, ToolRequest, run_subject};
use aipaygen_bus::{Bus, SharedBus};
use aipaygen_events::account::{Pricing, Tokens};
use aipaygen_events::{MicroUsd, Purse, RequestId};
use bytes::Bytes;
use uuid::Uuid;

use crate::load::Failed;
use crate::shop::Caller;
use crate::support::app::PING;

const TIMEOUT: Duration = Duration::from_secs(10);

/// One call of the tool `ping`, unpaid: there and back over the bus, between two processes.
pub(crate) async fn ping(bus: &SharedBus, request: RequestId) -> Result<(), Failed> {
    let body = Bytes::from_static(b"{}");
    let ping = ToolRequest { tool: "ping".to_owned(), request, traceparent: None, body };
    match ping.send(&**bus, &run_subject("ping"), Instant::now() + TIMEOUT).await {
        Ok(ToolOutcome::Answered { .. }) => Ok(()),
        Ok(ToolOutcome::Rejected { .. } | ToolOutcome::Failed | ToolOutcome::Upstream { .. }) => {
            Err("ping".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Authorize, ping, and the end on its queue, which nobody waits for.
pub(crate) async fn paid_ping(bus: &SharedBus, caller: &Caller) -> Result<(), Failed> {
    let request = new_request();
    let authorize = authorize(request, caller);
    match call(&**bus, &authorize, Instant::now() + TIMEOUT).await {
        Ok(Authorization::Charged { .. }) => {}
        Ok(Authorization::Replay { .. } | Authorization::Refused(_)) => return Err("refused".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    ping(bus, request).await?;
    tokio::spawn(enqueue_end(Arc::clone(bus), end(request, caller)));
    Ok(())
}

pub(crate) fn new_request() -> RequestId {
    RequestId::from_uuid(Uuid::now_v7())
}

async fn enqueue_end(bus: SharedBus, end: End) {
    // Should this fail, the reaper gives the charge back, and the sum of the books is the same.
    let _ = Bus::enqueue(&*bus, ENDS_QUEUE, &end.request.to_string(), encode(&end)).await;
}

fn authorize(request: RequestId, caller: &Caller) -> Authorize {
    Authorize {
        request,
        payer: Payer::Prepaid { account: caller.account, key: caller.key_id },
        endpoint: "POST /tools/ping".to_owned(),
        amount: MicroUsd::new(PING).unwrap(),
        pricing: Pricing::Flat,
        timeout_ms: 60_000,
        idempotency: None,
    }
}

fn end(request: RequestId, caller: &Caller) -> End {
    let how = EndHow::Complete { price: None, tokens: Tokens::default(), duration_ms: 0 };
    End { request, purse: Purse::Account(caller.account), status: 200, how }
}
