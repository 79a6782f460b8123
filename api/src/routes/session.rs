//! A wallet signs in: it asks for a challenge, signs it, and gets a short-lived token that shows what it has paid for.

use actix_web::{HttpRequest, HttpResponse, web};
use aipaygen_x402::{Address, Terms};
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::form::{self, violation};
use crate::auth::{NoSession, failed};
use crate::edge::Exchange;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

/// `POST /auth/challenge {address}`
pub(super) async fn challenge(
    ingress: web::Data<Ingress>,
    http: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let members = form::read(&ingress, &http, payload, &["address"]).await?;
    let address: Address = form::text(&members, "address")?
        .parse()
        .map_err(|_| violation("/address", "format", "is the address of a wallet: 0x and 40 hex digits"))?;
    let challenge = ingress.sessions.challenge(terms(&ingress)?, address);
    Ok(HttpResponse::Ok().json(json!({
        "message": challenge.message,
        "expires_at": challenge.expires_at,
        "sign_with": "personal_sign (EIP-191)",
        "then": "POST /auth/session {message, signature}",
    })))
}

/// `POST /auth/session {message, signature}`
pub(super) async fn open(
    ingress: web::Data<Ingress>,
    exchange: Exchange,
    http: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let members = form::read(&ingress, &http, payload, &["message", "signature"]).await?;
    let (message, signature) = (form::text(&members, "message")?, form::text(&members, "signature")?);
    match ingress.sessions.open(terms(&ingress)?, message, signature).await {
        Ok(session) => Ok(HttpResponse::Ok().json(json!({
            "token": session.token,
            "account": session.account,
            "expires_at": session.expires_at.format(&Rfc3339).ok(),
        }))),
        Err(reason) => {
            failed(&ingress, &exchange)?;
            Err(refused(reason))
        }
    }
}

/// Wallets are on the chain that we are paid on.
fn terms(ingress: &Ingress) -> Result<&Terms, Problem> {
    ingress.x402.as_ref().map(|x402| x402.terms.as_ref()).ok_or_else(|| Kind::NotFound.into())
}

fn refused(reason: NoSession) -> Problem {
    match reason {
        NoSession::NotOurs => violation("/message", "const", "is a message of POST /auth/challenge, unchanged"),
        NoSession::Expired => violation("/message", "expired", "was signed too late: ask for another"),
        NoSession::Used => violation("/message", "used", "has been used: ask for another"),
        NoSession::NotSigned => violation("/signature", "signer", "is not of the address in the message"),
    }
}
