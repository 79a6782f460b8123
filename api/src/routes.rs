//! Every route, and the shape that all of them share: HEAD where there is GET, OPTIONS everywhere, and a 405 that
//! names the methods.

mod account;
mod agent;
mod apis;
pub(crate) mod body;
mod catalog;
pub(crate) mod form;
mod health;
mod index;
mod jwks;
mod keys;
mod models;
pub(crate) mod money;
mod open_ai;
mod problems;
mod requests;
mod resource;
mod security;
mod security_txt;
mod session;
mod usage;
mod webhooks;
mod x402;

use actix_web::web::{self, ServiceConfig};

use crate::ingress::Ingress;
use crate::paid::{self, Offer};
use resource::Endpoint;

pub(crate) use health::{Health, live, ready};
pub(crate) use jwks::ReceiptKeyCache;
pub(crate) use security::statement;

/// Adds all routes.
pub(crate) fn configure(ingress: &Ingress, app: &mut ServiceConfig) {
    for endpoint in free() {
        app.service(endpoint.build());
    }
    for offer in Offer::all(ingress) {
        let sold = Endpoint::at(&offer.path).post(paid::sell);
        let described = if offer.path.starts_with("/tools/") { sold.get(catalog::tool) } else { sold };
        app.service(described.build().app_data(web::Data::from(offer)));
    }
    if ingress.x402.is_some() {
        app.service(Endpoint::at("/credits/topup").post(paid::topup).build());
    }
    app.default_service(web::to(resource::nothing_here));
}

fn free() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/").get(index::index),
        Endpoint::at("/health").get(health::health),
        Endpoint::at("/livez").get(health::live),
        Endpoint::at("/readyz").get(health::ready),
        Endpoint::at("/tools").get(catalog::tools),
        Endpoint::at("/models").get(models::models),
        Endpoint::at("/v1/models").get(open_ai::models),
        Endpoint::at("/v1/models/{model}").get(open_ai::model),
        Endpoint::at("/pricing").get(catalog::pricing),
        Endpoint::at("/security").get(security::page),
        Endpoint::at("/problems").get(problems::list),
        Endpoint::at("/problems/{slug}").get(problems::one),
        Endpoint::at("/.well-known/agent.json").get(agent::agent),
        Endpoint::at("/.well-known/security.txt").get(security_txt::security_txt),
        Endpoint::at("/.well-known/jwks.json").get(jwks::jwks),
        Endpoint::at("/.well-known/x402").get(x402::well_known),
        Endpoint::at("/auth/challenge").post(session::challenge),
        Endpoint::at("/auth/session").post(session::open),
        Endpoint::at("/auth/balance").get(account::balance),
        Endpoint::at("/auth/keys").get(keys::list).post(keys::issue),
        Endpoint::at("/auth/keys/{key}").delete(keys::revoke),
        Endpoint::at("/usage").get(usage::usage),
        Endpoint::at("/requests/{request}").get(requests::request),
        Endpoint::at("/catalog").get(apis::list),
        Endpoint::at("/catalog/{id}").get(apis::one),
        Endpoint::at("/webhooks").get(webhooks::list).post(webhooks::add),
        Endpoint::at("/webhooks/{webhook}").delete(webhooks::remove),
        Endpoint::at("/webhooks/{webhook}/rotate").post(webhooks::rotate),
        Endpoint::at("/webhooks/{webhook}/test").post(webhooks::test),
    ]
}
