//! Deliveries: at least once, again after a while, given up in the end, by one process at a time.

use std::collections::BTreeSet;

use aipaygen_bus::outbound::Delivered;
use aipaygen_bus::vault::{ListWebhooks, RemoveWebhook};

use crate::support::{House, account, wait};

on_both!(
    what_happens_is_told_to_whom_it_concerns,
    what_was_planned_before_a_stop_is_brought_after_it,
    a_failure_is_tried_again_later_and_given_up_in_the_end,
    an_endpoint_that_is_gone_is_left_alone_at_once,
    many_keepers_tell_everything_once,
    what_belongs_to_a_webhook_goes_with_it,
);

async fn told(house: &House, deliveries: usize) -> Vec<crate::support::Met> {
    let met = async || Some(house.endpoint.met()).filter(|met| met.len() >= deliveries);
    let met = wait::until("it is told", met).await;
    assert_eq!(met.len(), deliveries, "{met:?}");
    met
}

async fn dead(house: &House) -> Vec<aipaygen_vault::Delivery> {
    wait::until("it is given up", async || Some(house.vault.dead(10).await.unwrap()).filter(|dead| !dead.is_empty()))
        .await
}

async fn what_happens_is_told_to_whom_it_concerns(house: House) {
    house.complete(account(1)).await;
    let keeper = house.keeper().await;
    let (_, secret) = house.webhook(account(1)).await;
    house.webhook(account(2)).await;
    let requests =
        [house.complete(account(1)).await, house.complete(account(3)).await, house.complete(account(2)).await];
    let mut met = told(&house, 2).await;
    met.sort_by_key(|met| met.url.clone());
    // Not what was before it, and nobody else's.
    assert_eq!(met[0].body()["data"]["request_id"], requests[0].to_string());
    assert_eq!(met[1].body()["data"]["request_id"], requests[2].to_string());
    assert_eq!(met[0].body()["type"], "request.completed");
    assert!(met[0].url.ends_with(&account(1).to_string()));
    assert_eq!(met[0].secrets, [secret]);
    assert!(met[0].timestamp_s > 0 && met[0].message.starts_with("msg_"));
    keeper.drain().await;
}

async fn what_was_planned_before_a_stop_is_brought_after_it(house: House) {
    let keeper = house.keeper().await;
    house.webhook(account(1)).await;
    house.endpoint.say(Delivered::Unreachable);
    for _ in 0..5 {
        house.complete(account(1)).await;
    }
    let first = told(&house, 5).await;
    keeper.drain().await;

    house.endpoint.say(Delivered::Accepted);
    house.pass(75);
    let keeper = house.keeper().await;
    let all = told(&house, 10).await;
    let ids = |met: &[crate::support::Met]| met.iter().map(|met| met.message.clone()).collect::<BTreeSet<_>>();
    assert_eq!(ids(&first).len(), 5);
    assert_eq!(ids(&first), ids(&all), "an attempt keeps the id of the first");
    wait::until("nothing is left", async || (house.vault.next_due().await.unwrap().is_none()).then_some(())).await;
    keeper.drain().await;
}

async fn a_failure_is_tried_again_later_and_given_up_in_the_end(house: House) {
    let keeper = house.keeper().await;
    let (webhook, _) = house.webhook(account(1)).await;
    house.endpoint.say(Delivered::Declined { class: 5 });
    house.complete(account(1)).await;
    told(&house, 1).await;
    house.pass(75);
    told(&house, 2).await;
    house.pass(4_400);
    told(&house, 3).await;
    let given_up = dead(&house).await;
    assert_eq!((given_up[0].attempts, given_up[0].outcome.as_str()), (3, "declined_5xx"));
    house.pass(100_000);

    house.endpoint.say(Delivered::Accepted);
    let now = given_up[0].due_at;
    assert_eq!(house.vault.redeliver(given_up[0].id, now).await.unwrap(), 1);
    assert_eq!(house.vault.redeliver(given_up[0].id, now).await.unwrap(), 0);
    let met = told(&house, 4).await;
    assert_eq!(met[3].message, met[0].message);
    let shown = async || Some(house.ask(&ListWebhooks { account: account(1) }).await.unwrap().remove(0));
    let shown = wait::until("it has arrived", async || shown().await.filter(|shown| shown.waiting == 0)).await;
    assert_eq!((shown.webhook, shown.dead), (webhook, 0));
    keeper.drain().await;
}

async fn an_endpoint_that_is_gone_is_left_alone_at_once(house: House) {
    let keeper = house.keeper().await;
    let (webhook, _) = house.webhook(account(1)).await;
    house.endpoint.say(Delivered::Gone);
    house.complete(account(1)).await;
    let given_up = dead(&house).await;
    assert_eq!(given_up[0].outcome, "gone");
    house.endpoint.say(Delivered::Accepted);
    assert_eq!(house.vault.redeliver_all(webhook, given_up[0].due_at).await.unwrap(), 1);
    told(&house, 2).await;
    keeper.drain().await;
}

async fn many_keepers_tell_everything_once(house: House) {
    let keepers = [house.keeper().await, house.keeper().await, house.keeper().await];
    house.webhook(account(1)).await;
    for _ in 0..20 {
        house.complete(account(1)).await;
    }
    let met = told(&house, 20).await;
    assert_eq!(met.iter().map(|met| &met.message).collect::<BTreeSet<_>>().len(), 20);
    // Whoever leaves lets another one take over at once.
    for keeper in keepers {
        keeper.drain().await;
    }
    let keeper = house.keeper().await;
    house.complete(account(1)).await;
    told(&house, 21).await;
    keeper.drain().await;
}

async fn what_belongs_to_a_webhook_goes_with_it(house: House) {
    let keeper = house.keeper().await;
    let (webhook, _) = house.webhook(account(1)).await;
    house.endpoint.say(Delivered::Refused);
    house.complete(account(1)).await;
    told(&house, 1).await;
    house.ask(&RemoveWebhook { account: account(1), webhook }).await;
    assert!(house.vault.next_due().await.unwrap().is_none());
    assert!(house.vault.webhook(webhook, aipaygen_events::Timestamp::default()).await.unwrap().is_none());
    house.pass(75);
    house.complete(account(1)).await;
    keeper.drain().await;
    assert_eq!(house.endpoint.met().len(), 1);
}
