//! Who asks: the API key of a request, read from its headers and verified. Unknown, malformed, expired and revoked
//! keys are all the same 401.

mod credentials;
mod keys;
mod revocations;

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
        Credentials::Malformed => None,
        Credentials::Key(key) => ingress.keys.verify(&ingress.store, &key).await?,
    };
    let Some(caller) = verified else {
        let standing = ingress.gate.limits.failed_login(exchange.client());
        exchange.stand(standing);
        standing.admitted()?;
        return Err(Kind::Unauthenticated { shown: true }.into());
    };
    exchange.set_key(caller.key);
    let standing = ingress.gate.limits.key(caller.key);
    exchange.stand(standing);
    standing.admitted()?;
    Ok(Some(caller))
}

/// For routes that are their owner's alone.
impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, exchange) = (request.clone(), Exchange::from_request(request, payload));
        Box::pin(async move {
            let ingress = request.app_data::<web::Data<Ingress>>().ok_or(Kind::Internal)?;
            let caller = authenticate(ingress, request.headers(), &exchange.await?).await?;
            caller.ok_or_else(|| Kind::Unauthenticated { shown: false }.into())
        })
    }
}
