//! The books, as `aipaygen ledger trial-balance --json` tells them.

use serde_json::Value;

/// The figures of invariant 2, in micro-USD.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) deposits: i64,
    pub(crate) balances: i64,
    pub(crate) unearned: i64,
    pub(crate) earned: i64,
    pub(crate) refund_credits: i64,
}

impl Books {
    /// Reads the books, and fails the test unless they balance by what they say and by our own sum.
    pub(crate) fn parse(told: &Value) -> Self {
        assert_eq!(told["balanced"], true, "{told}");
        let figure = |name: &str| told["books"][name].as_i64().unwrap_or_else(|| panic!("no {name} in {told}"));
        let books = Self {
            deposits: figure("deposits"),
            balances: figure("balances"),
            unearned: figure("unearned"),
            earned: figure("earned"),
            refund_credits: figure("refund_credits"),
        };
        let somewhere = books.balances + books.unearned + books.earned + books.refund_credits + figure("breakage");
        assert_eq!(books.deposits, somewhere, "{told}");
        books
    }
}
