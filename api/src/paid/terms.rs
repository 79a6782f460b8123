//! What a request is charged: the listed price, or at a meter the most that its tokens can cost, of which what they
//! did cost is kept.

use aipaygen_bus::tool::Used;
use aipaygen_catalog::{Catalog, Rate};
use aipaygen_events::MicroUsd;
use aipaygen_events::account::{Pricing, Tokens};

use super::Order;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// What is charged, and how its end is priced.
pub(super) struct Terms {
    pub(super) pricing: Pricing,
    /// The price, or the hold.
    pub(super) amount: MicroUsd,
    /// What the hold was made of.
    quote: Option<Quote>,
}

/// The most that a call may use, and of which model.
pub(super) struct Quote {
    pub(super) model: String,
    pub(super) tokens: Tokens,
}

/// What a model's tokens have cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meter {
    pub(super) model: String,
    pub(super) tokens: Tokens,
    pub(super) rate: Rate,
}

impl Terms {
    /// The terms that the caller asked for. A worker that was asked before the charge has told the worst case.
    pub(super) fn of(ingress: &Ingress, order: &Order, quote: Option<Quote>) -> Result<Self, Problem> {
        let amount = match (order.input.pricing, &quote) {
            (Pricing::Flat, _) => order.price,
            (Pricing::Metered, Some(quote)) => {
                // The worker names models of the catalogue, and it has the one that we have.
                let rate = rate(&ingress.catalog, &quote.model).ok_or(Kind::Internal)?;
                rate.price_rounded_up(quote.tokens)
            }
            (Pricing::Metered, None) => return Err(Kind::Internal.into()),
        };
        Ok(Self { pricing: order.input.pricing, amount, quote })
    }

    /// What it costs in the end: `None` for all that was charged. Whoever answered, never more than was held.
    pub(super) fn price(&self, meter: Option<&Meter>) -> Option<MicroUsd> {
        match self.pricing {
            Pricing::Flat => None,
            // Without a model nothing was used.
            Pricing::Metered => Some(meter.map_or(MicroUsd::ZERO, Meter::price).min(self.amount)),
        }
    }

    /// How long an answer could be, in tokens, with so much money; `None` if none could.
    pub(super) fn affordable(&self, catalog: &Catalog, available: MicroUsd) -> Option<u64> {
        let quote = self.quote.as_ref()?;
        let tokens = rate(catalog, &quote.model)?.output_tokens_affordable(available, quote.tokens.input)?;
        (tokens > 0).then_some(tokens)
    }
}

impl Meter {
    /// What was used, at the rates of the catalogue; `None` where no model was.
    pub(super) fn read(catalog: &Catalog, used: &Used) -> Option<Self> {
        let model = used.model.clone()?;
        Some(Self { rate: rate(catalog, &model)?, model, tokens: used.tokens })
    }

    fn price(&self) -> MicroUsd {
        self.rate.price_rounded_up(self.tokens)
    }
}

fn rate(catalog: &Catalog, model: &str) -> Option<Rate> {
    catalog.models().get(model).map(|model| model.rate())
}
