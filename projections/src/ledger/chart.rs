//! The chart of accounts: every account of the ledger, under the names that the books use.

use aipaygen_events::AccountId;
use serde::{Serialize, Serializer};

/// One account of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerAccount {
    /// Card payments that Stripe owes us.
    StripeClearing,
    /// USDC that was paid to us.
    UsdcWallet,
    /// What we have given away.
    Promotions,
    /// What a customer has paid ahead: its line in the sub-ledger.
    CustomerBalances(AccountId),
    /// Charges of requests without an end.
    UnearnedRevenue,
    /// What was earned with an endpoint.
    Revenue(String),
    /// Refund credits that were issued and not used.
    RefundCredits,
    /// Refund credits that nobody used in time.
    Breakage,
}

/// The name under which the sub-ledger of all customers is summed up.
pub(crate) const CUSTOMER_BALANCES: &str = "customer_balances";

impl LedgerAccount {
    /// The name in the books.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::StripeClearing => "stripe_clearing".to_owned(),
            Self::UsdcWallet => "usdc_wallet".to_owned(),
            Self::Promotions => "promotions".to_owned(),
            Self::CustomerBalances(_) => CUSTOMER_BALANCES.to_owned(),
            Self::UnearnedRevenue => "unearned_revenue".to_owned(),
            Self::Revenue(endpoint) => format!("revenue:{endpoint}"),
            Self::RefundCredits => "refund_credits".to_owned(),
            Self::Breakage => "breakage".to_owned(),
        }
    }

    /// The customer in the sub-ledger; empty for an account without one.
    #[must_use]
    pub fn owner(&self) -> String {
        match self {
            Self::CustomerBalances(account) => account.to_string(),
            Self::StripeClearing
            | Self::UsdcWallet
            | Self::Promotions
            | Self::UnearnedRevenue
            | Self::Revenue(_)
            | Self::RefundCredits
            | Self::Breakage => String::new(),
        }
    }
}

impl Serialize for LedgerAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}
