//! What support can ask of refund credits, and mend.

use aipaygen_events::account::{DepositSource, Pricing, RefundReason};
use aipaygen_events::{CreditId, Timestamp};
use aipaygen_projections::refunds::{RefundFilter, Selection, Shown, Subject, list_refunds, replay_refunds, show};
use aipaygen_projections::{RequestStatus, catch_up};

use crate::support::events::{Customer, SECOND, account, key, request, usd};
use crate::support::log::Log;
use crate::support::{Store, on_both};

on_both!(
    credits_are_listed_by_what_is_asked_for,
    a_request_shows_its_events_and_its_lines,
    a_credit_is_found_even_if_the_read_model_lacks_it,
    a_dry_run_says_what_differs_and_changes_nothing,
    a_replay_mends_what_differs,
);

const ALL: RefundFilter = RefundFilter { account: None, since: None, reason: None, limit: 100 };

/// Two customers; requests 1 (tool failed), 11 (overloaded) and 2 (tool failed) are refunded, 3 is answered.
async fn refunds(store: &Store) -> Log {
    let (mut log, mut one, mut two) = (Log::open(store).await, Customer::new(1), Customer::new(2));
    log.append(1, [one.opens(), one.pays_in(DepositSource::Grant, "a", 100)].concat()).await;
    log.append(2, [two.opens(), two.pays_in(DepositSource::Grant, "b", 100)].concat()).await;
    for n in [1, 11, 3] {
        log.append(1, one.is_charged(n, 10, Pricing::Flat)).await;
    }
    log.append(2, two.is_charged(2, 20, Pricing::Flat)).await;
    log.append(1, one.is_refunded(1, RefundReason::ToolFailed)).await;
    log.append(1, one.is_refunded(11, RefundReason::Overloaded)).await;
    log.append(2, two.is_refunded(2, RefundReason::ToolFailed)).await;
    let written = log.append(1, one.is_answered(3, None)).await;
    catch_up(&log.journal, &store.db, written).await.unwrap();
    log
}

async fn credits_are_listed_by_what_is_asked_for(store: Store) {
    let _log = refunds(&store).await;
    let listed = async |filter| {
        let rows = list_refunds(&store.db, &filter).await.unwrap();
        rows.into_iter().map(|row| row.request).collect::<Vec<_>>()
    };
    assert_eq!(listed(ALL).await, [2, 11, 1].map(request), "newest first");
    assert_eq!(listed(RefundFilter { limit: 1, ..ALL }).await, [request(2)]);
    assert_eq!(listed(RefundFilter { account: Some(account(1)), ..ALL }).await, [11, 1].map(request));
    assert_eq!(listed(RefundFilter { reason: Some(RefundReason::ToolFailed), ..ALL }).await, [2, 1].map(request));
    // The clock of the log has ticked with each append: the refunds are the seventh, the eighth and the ninth.
    let eighth = Timestamp::from_micros(8 * SECOND);
    let since = Some(eighth);
    assert_eq!(listed(RefundFilter { since, ..ALL }).await, [2, 11].map(request));
    let row = list_refunds(&store.db, &RefundFilter { since, reason: Some(RefundReason::Overloaded), ..ALL }).await;
    let row = row.unwrap().remove(0);
    assert_eq!((row.credit, row.account, row.key), (CreditId::of_request(request(11)), account(1), Some(key(1))));
    assert_eq!((row.amount, row.http_status, row.endpoint.as_str()), (usd(10), 502, "POST /scrape"));
    assert_eq!((row.issued_position, row.applied_position), (13, Some(14)));
    assert_eq!((row.issued_at, row.applied_at), (eighth, since));
}

fn kinds(shown: &Shown) -> Vec<(&str, u64)> {
    shown.events.iter().map(|event| (event.kind.as_str(), event.position)).collect()
}

async fn a_request_shows_its_events_and_its_lines(store: Store) {
    let log = refunds(&store).await;
    let shown = show(&log.journal, &store.db, Subject::Request(request(1))).await.unwrap().unwrap();
    assert_eq!(kinds(&shown), [("request.charged", 7), ("request.refunded", 11), ("credit.applied", 12)]);
    assert_eq!(shown.request.unwrap().status, RequestStatus::Refunded);
    assert_eq!(shown.credit.unwrap().request, request(1));
    let lines: Vec<_> = shown.ledger.iter().map(|l| (l.position, l.account.as_str(), l.debit, l.credit)).collect();
    let expected = [
        (7, "customer_balances", 10, 0),
        (7, "unearned_revenue", 0, 10),
        (11, "unearned_revenue", 10, 0),
        (11, "refund_credits", 0, 10),
        (12, "refund_credits", 10, 0),
        (12, "customer_balances", 0, 10),
    ];
    assert_eq!(lines, expected);
    assert!(shown.events[1].data.get().contains("\"reason\":\"tool_failed\""));

    let answered = show(&log.journal, &store.db, Subject::Request(request(3))).await.unwrap().unwrap();
    assert_eq!(kinds(&answered), [("request.charged", 9), ("request.completed", 17)]);
    assert!(answered.credit.is_none());
    assert!(show(&log.journal, &store.db, Subject::Request(request(99))).await.unwrap().is_none());
}

async fn a_credit_is_found_even_if_the_read_model_lacks_it(store: Store) {
    let log = refunds(&store).await;
    let credit = Subject::Credit(CreditId::of_request(request(2)));
    let known = show(&log.journal, &store.db, credit).await.unwrap().unwrap();
    store.execute("DELETE FROM refund_credits").await;
    let lacking = show(&log.journal, &store.db, credit).await.unwrap().unwrap();
    assert!(known.credit.is_some() && lacking.credit.is_none());
    assert_eq!(kinds(&lacking), kinds(&known));
    let nobodys = Subject::Credit(CreditId::of_request(request(99)));
    assert!(show(&log.journal, &store.db, nobodys).await.unwrap().is_none());
}

/// One row gone, one changed, one that the log does not know.
async fn tamper(store: &Store) {
    let deleted = store.execute("DELETE FROM refund_credits WHERE reason = 'overloaded'").await;
    let changed = store.execute("UPDATE refund_credits SET amount = 11 WHERE amount = 10").await;
    let added = store.execute(
        "INSERT INTO refund_credits (credit, request, account, key, endpoint, http_status, amount, tender, reason,
            issued_at, issued_position)
        VALUES ('cr_00000000000000000000000000000001', 'req_00000000000000000000000000000063',
            'acct_00000000000000000000000000000001', 'k000000000000001', 'POST /x', 500, 1, 'prepaid', 'rejected', 1, 1)",
    );
    assert_eq!((deleted, changed, added.await), (1, 1, 1));
}

async fn a_dry_run_says_what_differs_and_changes_nothing(store: Store) {
    let log = refunds(&store).await;
    let agreed = replay_refunds(&log.journal, &store.db, Selection::All, true).await.unwrap();
    assert_eq!((agreed.position, agreed.credits, agreed.differences.len(), agreed.written), (17, 3, 0, false));

    tamper(&store).await;
    let before = list_refunds(&store.db, &ALL).await.unwrap();
    let found = replay_refunds(&log.journal, &store.db, Selection::All, true).await.unwrap();
    let mut found: Vec<_> = found
        .differences
        .iter()
        .map(|d| (d.log.as_ref().map(|row| row.amount), d.read_model.as_ref().map(|row| row.amount)))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [(None, Some(usd(1))), (Some(usd(10)), None), (Some(usd(10)), Some(usd(11)))]);
    assert_eq!(list_refunds(&store.db, &ALL).await.unwrap(), before);
}

async fn a_replay_mends_what_differs(store: Store) {
    let log = refunds(&store).await;
    let right = list_refunds(&store.db, &ALL).await.unwrap();
    tamper(&store).await;
    let one = replay_refunds(&log.journal, &store.db, Selection::Request(request(11)), false).await.unwrap();
    assert_eq!((one.credits, one.differences.len(), one.written), (1, 1, true));
    let rest = replay_refunds(&log.journal, &store.db, Selection::All, false).await.unwrap();
    assert_eq!((rest.credits, rest.differences.len(), rest.written), (3, 2, true));
    assert_eq!(list_refunds(&store.db, &ALL).await.unwrap(), right);
    let again = replay_refunds(&log.journal, &store.db, Selection::All, false).await.unwrap();
    assert_eq!((again.differences.len(), again.written), (0, false));
}
