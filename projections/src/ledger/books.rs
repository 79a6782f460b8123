//! Invariant 2, asked of the tables: what came in is somewhere, and every table says the same of it.

use aipaygen_journal::db::{Db, Row};
use serde::Serialize;

use crate::ReadError;

/// The books at one position: the figures, each from the table that it is of, and what does not agree.
///
/// All amounts are micro-USD with a sign, because books that are broken may say anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Books {
    /// The position in the log of all figures.
    pub position: u64,
    /// Σ deposits, by the ledger.
    pub deposits: i64,
    /// Σ balances, by the balances.
    pub balances: i64,
    /// Σ open charges, by the requests.
    pub unearned: i64,
    /// Σ prices of the completed, by the requests.
    pub earned: i64,
    /// Refund credits not applied, and what is left on those that are vouchers.
    pub refund_credits: i64,
    /// Credits that ran out, by the ledger.
    pub breakage: i64,
    /// What does not agree; empty when the books balance.
    pub imbalances: Vec<Imbalance>,
}

/// Two figures that should be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Imbalance {
    /// What should hold.
    pub rule: &'static str,
    /// The left side of the equation, in micro-USD.
    pub left: i64,
    /// The right side, in micro-USD.
    pub right: i64,
}

/// What must hold, and the two columns that say it.
const RULES: &[(&str, &str, &str)] = &[
    ("deposits = balances + unearned + earned + refund credits + breakage", "deposits", "somewhere"),
    ("debits = credits", "debit", "credit"),
    ("kept debits = posted debits", "debit", "posted_debit"),
    ("kept credits = posted credits", "credit", "posted_credit"),
    ("customer_balances = balances", "ledger_balances", "balances"),
    ("what customers' ledger lines and balances differ by = 0", "astray", "zero"),
    ("unearned_revenue = open charges", "ledger_unearned", "unearned"),
    ("held = open charges of accounts", "held", "unearned_prepaid"),
    ("revenue = prices of the completed", "ledger_earned", "earned"),
    ("spent = prices of the completed", "spent", "earned"),
    ("refund_credits = credits not applied and not spent", "ledger_refund_credits", "refund_credits"),
    ("breakage = what vouchers expired with", "breakage", "expired"),
];

impl Books {
    /// Whether everything agrees.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.imbalances.is_empty()
    }
}

/// Compares the ledger with every other table, and the sums that are kept with the postings, at one moment.
/// It reads every row: a question for an audit and for tests.
pub async fn books_balance(db: &Db) -> Result<Books, ReadError> {
    // One statement sees one moment.
    let row = db.fetch_optional(FIGURES, &[]).await?.ok_or(ReadError::Corrupt { column: "position" })?;
    let compared = RULES.iter().map(|(rule, left, right)| compare(&row, rule, left, right));
    Ok(Books {
        position: row.u64("position")?,
        deposits: row.i64("deposits")?,
        balances: row.i64("balances")?,
        unearned: row.i64("unearned")?,
        earned: row.i64("earned")?,
        refund_credits: row.i64("refund_credits")?,
        breakage: row.i64("breakage")?,
        imbalances: compared.filter_map(Result::transpose).collect::<Result<_, _>>()?,
    })
}

fn compare(
    row: &Row,
    rule: &'static str,
    left: &'static str,
    right: &'static str,
) -> Result<Option<Imbalance>, ReadError> {
    let (left, right) = (row.i64(left)?, row.i64(right)?);
    Ok((left != right).then_some(Imbalance { rule, left, right }))
}

const FIGURES: &str = "
WITH ledger AS (
    SELECT CAST(COALESCE(SUM(debit), 0) AS bigint) AS debit, CAST(COALESCE(SUM(credit), 0) AS bigint) AS credit,
        CAST(COALESCE(SUM(CASE WHEN account IN ('stripe_clearing', 'usdc_wallet', 'promotions')
            THEN debit - credit END), 0) AS bigint) AS deposits,
        CAST(COALESCE(SUM(CASE WHEN account = 'customer_balances' THEN credit - debit END), 0) AS bigint)
            AS ledger_balances,
        CAST(COALESCE(SUM(CASE WHEN account = 'unearned_revenue' THEN credit - debit END), 0) AS bigint)
            AS ledger_unearned,
        CAST(COALESCE(SUM(CASE WHEN account LIKE 'revenue:%' THEN credit - debit END), 0) AS bigint)
            AS ledger_earned,
        CAST(COALESCE(SUM(CASE WHEN account = 'refund_credits' THEN credit - debit END), 0) AS bigint)
            AS ledger_refund_credits,
        CAST(COALESCE(SUM(CASE WHEN account = 'breakage' THEN credit - debit END), 0) AS bigint) AS breakage
    FROM ledger_accounts
), posted AS (
    SELECT CAST(COALESCE(SUM(debit), 0) AS bigint) AS posted_debit,
        CAST(COALESCE(SUM(credit), 0) AS bigint) AS posted_credit
    FROM postings
), funds AS (
    SELECT CAST(COALESCE(SUM(balance), 0) AS bigint) AS balances, CAST(COALESCE(SUM(held), 0) AS bigint) AS held,
        CAST(COALESCE(SUM(ABS(balance - COALESCE(credit - debit, 0))), 0) AS bigint) AS astray
    FROM balances
    LEFT JOIN ledger_accounts ON ledger_accounts.account = 'customer_balances' AND owner = balances.account
), charges AS (
    SELECT CAST(COALESCE(SUM(CASE WHEN status = 'open' THEN charged END), 0) AS bigint) AS unearned,
        CAST(COALESCE(SUM(CASE WHEN status = 'open' AND tender = 'prepaid' THEN charged END), 0) AS bigint)
            AS unearned_prepaid,
        CAST(COALESCE(SUM(price), 0) AS bigint) AS earned
    FROM requests
), outstanding AS (
    SELECT CAST(COALESCE(SUM(COALESCE(vouchers.remainder, refund_credits.amount)), 0) AS bigint) AS refund_credits,
        CAST(COALESCE(SUM(vouchers.expired), 0) AS bigint) AS expired
    FROM refund_credits LEFT JOIN vouchers ON vouchers.credit = refund_credits.credit WHERE applied_at IS NULL
), used AS (
    SELECT CAST(COALESCE(SUM(spent), 0) AS bigint) AS spent FROM usage
)
SELECT position, debit, credit, posted_debit, posted_credit, deposits, balances, held, astray, unearned, earned,
    unearned_prepaid, refund_credits, expired, breakage, spent, ledger_balances, ledger_unearned, ledger_earned, ledger_refund_credits,
    balances + unearned + earned + refund_credits + breakage AS somewhere, CAST(0 AS bigint) AS zero
FROM checkpoint, ledger, posted, funds, charges, outstanding, used";
