//! Who asks, and over what: the peer of the connection, or what a trusted proxy says of it. What anybody else
//! writes into these headers is ignored.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

use crate::settings::{ForwardedHeader, Settings};

/// The proxies whose word is taken, and where they write it.
pub(crate) struct Proxies {
    trusted: Vec<IpNet>,
    header: ForwardedHeader,
    edge_only: bool,
}

impl Proxies {
    pub(crate) fn new(settings: &Settings) -> Self {
        let trusted = settings.trusted_proxies.clone();
        let edge_only = settings.edge_tls && settings.tls.is_none() && !trusted.is_empty();
        Self { trusted, header: settings.forwarded_header, edge_only }
    }

    /// The nearest address that is not one of our proxies.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in self.hops(headers).iter().rev() {
            if !self.trusts(client) {
                break;
            }
            match hop.as_deref().and_then(address) {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        client
    }

    /// Whether the request came over plain HTTP from outside: its proxy says so, or it went around the edge.
    pub(crate) fn plaintext(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let peer = peer.to_canonical();
        if self.trusts(peer) {
            return self.schemes(headers).iter().any(|scheme| scheme.eq_ignore_ascii_case("http"));
        }
        self.edge_only && !peer.is_loopback()
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&address))
    }

    /// The hops before this one, the nearest last; `None` for one that does not say.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<String>> {
        match self.header {
            ForwardedHeader::XForwardedFor => items(headers, "x-forwarded-for").map(Some).collect(),
            ForwardedHeader::Forwarded => items(headers, "forwarded").map(|item| parameter(&item, "for")).collect(),
        }
    }

    fn schemes(&self, headers: &HeaderMap) -> Vec<String> {
        match self.header {
            ForwardedHeader::XForwardedFor => items(headers, "x-forwarded-proto").collect(),
            ForwardedHeader::Forwarded => {
                items(headers, "forwarded").filter_map(|item| parameter(&item, "proto")).collect()
            }
        }
    }
}

/// The items of a list that may span several fields.
fn items<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = String> + 'a {
    let fields = headers.get_all(name).map(|field| String::from_utf8_lossy(field.as_bytes()).into_owned());
    fields.flat_map(|field| field.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>())
}

/// A parameter of an item of `Forwarded`, without its quotes.
fn parameter(item: &str, name: &str) -> Option<String> {
    let pairs = item.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests;
