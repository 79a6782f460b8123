//! A delivery to a webhook, signed by Standard Webhooks with each of its secrets.

use aipaygen_bus::outbound::{Deliver, Delivered};
use aipaygen_sealed::{Secret, Target};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use standardwebhooks::Webhook;

use super::Errands;
use crate::outbound::{Errand, FetchError};

impl Errands {
    /// Delivers once. A redirect is an answer like any other that is no success.
    pub(super) async fn deliver(&self, command: &Deliver) -> Delivered {
        let Some(Secret::Target(target)) = self.open(&command.target, &command.message) else {
            return Delivered::Unreachable;
        };
        let Some(headers) = headers(command, &target) else { return Delivered::Unreachable };
        let errand = Errand {
            method: Method::POST,
            headers,
            body: command.body.clone().into(),
            redirects_max: 0,
            body_wanted: false,
            ..Errand::get(target.url.expose())
        };
        match self.outbound.fetch(errand).await {
            Ok(fetched) => class(fetched.status),
            Err(FetchError::Refused(_)) => Delivered::Refused,
            Err(
                FetchError::Robots
                | FetchError::Unreachable
                | FetchError::Slow
                | FetchError::TooLarge
                | FetchError::Undecodable,
            ) => Delivered::Unreachable,
        }
    }
}

fn class(status: StatusCode) -> Delivered {
    match status.as_u16() {
        200..300 => Delivered::Accepted,
        410 => Delivered::Gone,
        other => Delivered::Declined { class: other / 100 },
    }
}

fn headers(command: &Deliver, target: &Target) -> Option<HeaderMap> {
    let sign = |secret: &aipaygen_sealed::Hidden| {
        Webhook::new(secret.expose()).ok()?.sign(&command.message, command.timestamp_s, command.body.as_bytes()).ok()
    };
    let signatures = target.secrets.iter().map(sign).collect::<Option<Vec<_>>>()?.join(" ");
    let fields = [
        ("webhook-id", command.message.clone()),
        ("webhook-timestamp", command.timestamp_s.to_string()),
        ("webhook-signature", signatures),
    ];
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in fields {
        headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).ok()?);
    }
    Some(headers)
}
