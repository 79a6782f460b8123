//! Invariant 5: read models that are dropped and replayed are identical, row for row, and what is not is named.

use aipaygen_events::account::{DepositSource, Pricing, RefundReason};
use aipaygen_projections::{Reader, TableReport, catch_up, compare, rebuild};

use crate::support::events::{Customer, account, key, usd};
use crate::support::log::Log;
use crate::support::{Store, on_both};

on_both!(
    every_way_to_tamper_is_found_and_mended,
    a_rebuild_of_nothing_is_nothing,
    more_rows_than_a_page_are_compared,
    the_log_may_go_on_during_a_rebuild,
);

/// A log with something for every table, all of it applied.
async fn a_day(store: &Store) -> Log {
    let (mut log, mut customer) = (Log::open(store).await, Customer::new(1));
    log.append(1, [customer.opens(), customer.pays_in(DepositSource::Stripe, "evt", 100)].concat()).await;
    log.append(1, customer.is_charged(1, 30, Pricing::Flat)).await;
    log.append(1, customer.is_refunded(1, RefundReason::Overloaded)).await;
    log.append(1, customer.is_charged(2, 50, Pricing::Metered)).await;
    log.append(1, customer.is_answered(2, Some(20))).await;
    let written = log.append(1, customer.is_charged(3, 5, Pricing::Flat)).await;
    catch_up(&log.journal, &store.db, written).await.unwrap();
    log
}

/// What a statement does to which table: rows missing, surplus and changed.
const TAMPER: &[(&str, &str, [u64; 3])] = &[
    ("DELETE FROM keys", "keys", [1, 0, 0]),
    ("UPDATE keys SET label = 'x'", "keys", [0, 0, 1]),
    ("UPDATE balances SET position = position - 1", "balances", [0, 0, 1]),
    (
        "INSERT INTO balances (account, label, balance, held, position) VALUES ('z', '', 1, 0, 1)",
        "balances",
        [0, 1, 0],
    ),
    ("UPDATE requests SET endpoint = 'GET /' WHERE status = 'open'", "requests", [0, 0, 1]),
    ("UPDATE requests SET request = 'req_x' WHERE status = 'open'", "requests", [1, 1, 0]),
    ("UPDATE refund_credits SET reason = 'rejected'", "refund_credits", [0, 0, 1]),
    ("DELETE FROM postings WHERE line = 3", "postings", [1, 0, 0]),
    ("UPDATE postings SET at = at + 1 WHERE position = 4", "postings", [0, 0, 2]),
    ("UPDATE ledger_accounts SET owner = 'nobody' WHERE owner <> ''", "ledger_accounts", [1, 1, 0]),
    ("UPDATE usage SET tokens_input = 11", "usage", [0, 0, 2]),
];

async fn every_way_to_tamper_is_found_and_mended(store: Store) {
    let log = a_day(&store).await;
    for (tamper, table, [missing, surplus, changed]) in TAMPER {
        assert!(store.execute(tamper).await > 0, "{tamper}");
        let found = compare(&log.journal, &store.db).await.unwrap();
        let wrong: Vec<_> = found.tables.iter().filter(|table| table.differing > 0).collect();
        let [TableReport { table: name, missing: m, surplus: s, changed: c, differing, examples, .. }] = wrong[..]
        else {
            panic!("{tamper}: {found:?}");
        };
        assert_eq!((name, [m, s, c]), (table, [missing, surplus, changed]), "{tamper}");
        assert_eq!((*differing, examples.len() as u64), (m + s + c, m + s + c), "{tamper}");
        assert!(!found.is_identical() && !found.adopted);

        let rebuilt = rebuild(&log.journal, &store.db).await.unwrap();
        assert_eq!((rebuilt.tables, rebuilt.adopted), (found.tables, true));
        let after = compare(&log.journal, &store.db).await.unwrap();
        assert!(after.is_identical(), "{tamper}: {after:?}");
    }
    let reader = Reader::new(store.db.clone());
    let balance = reader.balance(account(1)).await.unwrap().unwrap();
    assert_eq!((balance.balance, balance.held), (usd(75), usd(5)));
    assert_eq!(reader.key(&key(1)).await.unwrap().unwrap().label, "ci");
}

async fn a_rebuild_of_nothing_is_nothing(store: Store) {
    let log = Log::open(&store).await;
    let report = rebuild(&log.journal, &store.db).await.unwrap();
    assert!(report.is_identical() && report.position == 0);
    assert_eq!(report.tables.iter().map(|table| table.rows).sum::<u64>(), 0);
}

async fn more_rows_than_a_page_are_compared(store: Store) {
    let (mut log, mut customer) = (Log::open(&store).await, Customer::new(1));
    log.append(1, customer.opens()).await;
    // Two lines an event, and 2,000 rows a page.
    let deposits: Vec<_> =
        (0..2_100).flat_map(|n| customer.pays_in(DepositSource::Grant, &n.to_string(), 1)).collect();
    let written = log.append(1, deposits).await;
    catch_up(&log.journal, &store.db, written).await.unwrap();
    assert!(compare(&log.journal, &store.db).await.unwrap().is_identical());
    store.execute("DELETE FROM postings WHERE position IN (3, 1003, 2003)").await;
    let report = compare(&log.journal, &store.db).await.unwrap();
    let postings = report.tables.iter().find(|table| table.table == "postings").unwrap();
    assert_eq!((postings.rows, postings.missing, postings.differing), (4_200, 6, 6));
    assert_eq!(postings.examples, ["3 1", "3 2", "1003 1", "1003 2", "2003 1", "2003 2"]);
}

async fn the_log_may_go_on_during_a_rebuild(store: Store) {
    let (mut log, mut customer) = (a_day(&store).await, Customer::new(9));
    let (journal, db) = (log.journal.clone(), store.db.clone());
    let applying = tokio::spawn(async move {
        let mut last = log.append(9, customer.opens()).await;
        for n in 0..200 {
            last = log.append(9, customer.pays_in(DepositSource::Grant, &format!("more {n}"), 1)).await;
            // A rebuild that is adopted meanwhile may have taken the tables back by a little.
            catch_up(&log.journal, &db, last).await.unwrap();
        }
        last
    });
    let mut rebuilds = 0;
    while !applying.is_finished() {
        let report = rebuild(&journal, &store.db).await.unwrap();
        assert!(report.is_identical(), "{report:?}");
        rebuilds += 1;
    }
    let last = applying.await.unwrap();
    catch_up(&journal, &store.db, last).await.unwrap();
    assert!(rebuilds > 0 && compare(&journal, &store.db).await.unwrap().is_identical());
    let balance = Reader::new(store.db.clone()).balance(account(9)).await.unwrap().unwrap();
    assert_eq!(balance.balance, usd(200));
}

/// Postgres gives a row as a whole; SQLite has to be told its columns.
#[tokio::test]
async fn the_comparison_knows_every_column() {
    const COLUMNS: &str = "SELECT tables.name AS name, group_concat(columns.name, ', ') AS columns
        FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
        WHERE tables.type = 'table' AND tables.name NOT IN ('checkpoint', '_sqlx_migrations') GROUP BY tables.name";
    let source = include_str!("../src/rebuild/tables.rs").split_whitespace().collect::<Vec<_>>().join(" ");
    let store = Store::sqlite().await;
    let tables = store.db.fetch_all(COLUMNS, &[]).await.unwrap();
    assert_eq!(tables.len(), 9);
    for table in tables {
        let (name, columns) = (table.text("name").unwrap(), table.text("columns").unwrap());
        let compared = format!("json_array({columns}) AS content FROM {name} WHERE");
        assert!(source.contains(&compared), "the comparison does not say: {compared}");
    }
}
