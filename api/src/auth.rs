//! Who asks: the API key of a request, or the session of a wallet, read from its headers and verified. Unknown,
//! malformed, expired and revoked ones are all the same 401.

mod credentials;
mod keys;
mod revocations;
mod session;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest, web};
use aipaygen_events::{AccountId, KeyId};
use futures::future::LocalBoxFuture;

use crate::edge::Exchange;
use crate::ingress::Ingress;
use crate::problem::{Kind, Problem};

pub(crate) use keys::Keys;
pub(crate) use revocations::hear_revocations;
pub(crate) use session::{NoSession, Sessions};

use credentials::Credentials;

/// Who asks, verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) key: KeyId,
    pub(crate) account: AccountId,
}

/// The caller of a request; `None` if it shows no credentials at all.
pub(crate) async fn authenticate(
    ingress: &Ingress,
    headers: &HeaderMap,
    exchange: &Exchange,
) -> Result<Option<Caller>, Problem> {
    let verified = match Credentials::read(headers) {
        Credentials::None => return Ok(None),
        // A session shows what was paid for; it pays nothing.
        Credentials::Malformed | Credentials::Session(_) => None,
        Credentials::Key(key) => ingress.keys.verify(&ingress.store, &key).await?,
    };
    let Some(caller) = verified else {
        failed(ingress, exchange)?;
        return Err(Kind::Unauthenticated { shown: true }.into());
    };
    exchange.set_key(caller.key);
    let standing = ingress.gate.limits.key(caller.key);
    exchange.stand(standing);
    standing.admitted()?;
    Ok(Some(caller))
}

/// Counts credentials that are not good: whoever guesses is slowed down.
pub(crate) fn failed(ingress: &Ingress, exchange: &Exchange) -> Result<(), Problem> {
    let standing = ingress.gate.limits.failed_login(exchange.client());
    exchange.stand(standing);
    standing.admitted()
}

/// Whose account it is, proven by one of its keys or by the wallet that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    pub(crate) account: AccountId,
    /// The key that was shown, if it was one.
    pub(crate) key: Option<KeyId>,
}

/// For routes that are their owner's alone.
impl FromRequest for Owner {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, exchange) = (request.clone(), Exchange::from_request(request, payload));
        Box::pin(async move {
            let ingress = request.app_data::<web::Data<Ingress>>().ok_or(Kind::Internal)?;
            owner(ingress, request.headers(), &exchange.await?).await
        })
    }
}

async fn owner(ingress: &Ingress, headers: &HeaderMap, exchange: &Exchange) -> Result<Owner, Problem> {
    if let Credentials::Session(token) = Credentials::read(headers)
        && let Some(account) = ingress.sessions.account(&token)
    {
        return Ok(Owner { account, key: None });
    }
    let caller = authenticate(ingress, headers, exchange).await?;
    let Caller { key, account } = caller.ok_or(Kind::Unauthenticated { shown: false })?;
    Ok(Owner { account, key: Some(key) })
}
