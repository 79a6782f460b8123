//! `POST /credits/topup`: an x402 payment becomes a prepaid balance, of the key that is shown or of the wallet that
//! pays. The caller chooses the amount, and what is credited is what was paid.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_bus::commands::{NewKey, Settled, ToppedUp, Topup};
use aipaygen_events::{AccountId, DepositId, MicroUsd};
use aipaygen_x402::{Discovery, Payment};
use serde_json::{Value, json};

use super::input::request_hash;
use super::quote::Quote;
use super::refusal::refused;
use super::tender::{Pays, payment_header, read_payment};
use super::{Demand, Missing, Settlement, VOUCHER_HEADER};
use crate::auth::{Caller, authenticate, failed};
use crate::edge::Exchange;
use crate::ingress::Ingress;
use crate::observe;
use crate::problem::{Kind, Problem};
use crate::routes::form::{self, Members};
use crate::routes::money;

/// What it is called in the books.
const ENDPOINT: &str = "POST /credits/topup";

/// An order of credit.
struct Order {
    caller: Option<Caller>,
    amount: MicroUsd,
    quote: Arc<Quote>,
}

/// Sells credit.
pub(crate) async fn topup(
    http: HttpRequest,
    payload: web::Payload,
    exchange: Exchange,
    ingress: web::Data<Ingress>,
) -> Result<HttpResponse, Problem> {
    let ingress = ingress.into_inner();
    let order = Order::read(&ingress, &http, payload, &exchange).await?;
    exchange.set_price(order.amount);
    let payment = paid(&ingress, http.headers(), &exchange, &order)?;
    let command = Topup {
        request: exchange.request(),
        payment: Box::new(payment.clone()),
        request_hash: order.hash(&ingress),
        endpoint: ENDPOINT.to_owned(),
        account: order.caller.map(|caller| caller.account),
        timeout_ms: u64::try_from(ingress.settlement_timeout().as_millis()).unwrap_or(u64::MAX),
    };
    let worker = ingress.clone();
    let reply = ingress.lasting.run(async move { Ok(worker.top_up(&command).await) }).await?;
    match reply {
        Ok(ToppedUp::Refused(refusal)) => {
            Err(refused(&ingress, Some(&payment), refusal, |missing| order.demand(&ingress, missing)))
        }
        Ok(ToppedUp::Deposited { account, deposit, amount, settled, key }) => {
            // So that the key works when its owner tries it.
            ingress.store.freshen().await.ok();
            Ok(answer(&payment, account, deposit, (amount, settled), key))
        }
        Err(error) => {
            observe::unreachable("payments", &error);
            Err(ingress.pending(Some(Settlement::pending(&payment, None))))
        }
    }
}

impl Order {
    async fn read(
        ingress: &Ingress,
        http: &HttpRequest,
        payload: web::Payload,
        exchange: &Exchange,
    ) -> Result<Self, Problem> {
        let caller = authenticate(ingress, http.headers(), exchange).await?;
        if http.headers().contains_key(VOUCHER_HEADER) {
            return Err(Kind::InvalidHeader { name: "X-Refund-Credit", rule: "not taken here" }.into());
        }
        let members = form::read(ingress, http, payload, &["amount_usd"]).await?;
        let amount = amount(ingress, &members)?;
        let quote = quote(ingress, amount).ok_or(Kind::NotFound)?;
        Ok(Self { caller, amount, quote: Arc::new(quote) })
    }

    fn demand(&self, ingress: &Ingress, missing: Missing) -> Demand {
        Demand::payments_only(ingress, ENDPOINT, self.amount, self.quote.clone(), missing)
    }

    /// A payment is bound to the account that it fills.
    fn hash(&self, ingress: &Ingress) -> String {
        let account = self.caller.map(|caller| caller.account.to_string()).unwrap_or_default();
        let amount = self.amount.micro_usd().to_be_bytes();
        request_hash(ingress, ENDPOINT, &[&amount, account.as_bytes()])
    }
}

/// The payment that is shown, verified against this order.
fn paid(ingress: &Ingress, headers: &HeaderMap, exchange: &Exchange, order: &Order) -> Result<Payment, Problem> {
    let demand = |missing| Problem::from(Kind::Payment(Box::new(order.demand(ingress, missing))));
    let shown = match payment_header(headers) {
        Ok(None) => return Err(demand(Missing::Payment)),
        Ok(Some(header)) => read_payment(header, order.quote.offer(), Pays::ThePrice),
        Err(missing) => Err(missing),
    };
    shown.map(|shown| shown.payment).map_err(|missing| match failed(ingress, exchange) {
        Ok(()) => demand(missing),
        Err(too_often) => too_often,
    })
}

fn quote(ingress: &Ingress, amount: MicroUsd) -> Option<Quote> {
    let x402 = ingress.x402.as_ref()?;
    let (example, schema) = (json!({ "amount_usd": amount.to_string() }), schema(ingress));
    let discovery = Discovery { method: "POST", body: &example, body_schema: &schema, answer: None };
    let url = format!("{}/credits/topup", ingress.public_url);
    let description = "Turns a payment into a prepaid balance, and returns an API key to it.".to_owned();
    Some(Quote::new(x402, url, description, amount, Some(&discovery)))
}

/// The JSON Schema of a body.
pub(crate) fn schema(ingress: &Ingress) -> Value {
    let (min, max) = (ingress.settings.topup_usd_min, ingress.settings.topup_usd_max);
    json!({
        "type": "object",
        "required": ["amount_usd"],
        "additionalProperties": false,
        "properties": {
            "amount_usd": { "type": "string", "description": format!("Dollars as text, {min} to {max}.") },
        },
    })
}

fn amount(ingress: &Ingress, members: &Members) -> Result<MicroUsd, Problem> {
    const FIELD: &str = "/amount_usd";
    let amount = form::text(members, "amount_usd")?.parse();
    let amount = amount.map_err(|_| form::violation(FIELD, "format", "is dollars as text, such as \"5.00\""))?;
    let (min, max) = (ingress.settings.topup_usd_min, ingress.settings.topup_usd_max);
    if (min..=max).contains(&amount) {
        Ok(amount)
    } else {
        Err(form::violation(FIELD, "range", &format!("is from {min} to {max}")))
    }
}

fn answer(
    payment: &Payment,
    account: AccountId,
    deposit: DepositId,
    (amount, settled): (MicroUsd, Settled),
    key: Option<NewKey>,
) -> HttpResponse {
    let (id, api_key) = key.map(|key| (key.key, key.api_key)).unzip();
    let mut body = json!({ "account": account, "deposit": deposit, "key": id, "api_key": api_key });
    money::put(&mut body, "deposited", amount);
    let mut answer = HttpResponse::Ok().insert_header((CACHE_CONTROL, "private, no-store")).json(body);
    Settlement::settled(payment, &settled).set_header(answer.headers_mut());
    answer
}
