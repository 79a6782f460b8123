//! Reads a request's body within its bounds of size and time.

use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

use crate::problem::{Kind, Problem};

/// The whole body, as it was sent.
pub(crate) async fn read(
    headers: &HeaderMap,
    payload: web::Payload,
    bytes_max: usize,
    timeout: Duration,
) -> Result<Bytes, Problem> {
    require_plain(headers)?;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > bytes_max) {
        return Err(Kind::BodyTooLarge { bytes_max }.into());
    }
    let body = collect(payload, bytes_max, announced.unwrap_or_default());
    tokio::time::timeout(timeout, body).await.unwrap_or_else(|_elapsed| Err(Kind::BodyTimeout.into()))
}

async fn collect(mut payload: web::Payload, bytes_max: usize, announced: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::with_capacity(announced);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(broken)?;
        if body.len() + chunk.len() > bytes_max {
            return Err(Kind::BodyTooLarge { bytes_max }.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A compressed body could be larger than it looks.
fn require_plain(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_ENCODING) {
        None => Ok(()),
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(()),
        Some(_) => Err(Kind::UnsupportedEncoding.into()),
    }
}

fn broken(_: PayloadError) -> Problem {
    Kind::BodyBroken.into()
}
