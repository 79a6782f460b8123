//! A URL that may be asked for, and one whose addresses may be connected to.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::policy::Policy;
use super::rule::{Grant, Rule};

/// Longer URLs are no addresses of pages.
const URL_BYTES_MAX: usize = 8 * 1024;

/// A URL whose scheme, port and host may be asked for. Whatever addresses its name has are still to be judged.
#[derive(Clone, Debug)]
pub struct Target {
    url: Url,
    port: u16,
}

/// A target, and the addresses that it may be reached at: all that its name has, each of them judged.
#[derive(Clone, Debug)]
pub struct Checked {
    target: Target,
    addresses: Vec<SocketAddr>,
    grant: Grant,
}

impl Target {
    /// Parses a URL, and judges what can be seen of it.
    pub fn parse(policy: &Policy, text: &str) -> Result<Self, Rule> {
        if text.len() > URL_BYTES_MAX {
            return Err(Rule::Url);
        }
        Self::judge(policy, Url::parse(text).map_err(|_| Rule::Url)?)
    }

    /// Where a redirect from here leads, judged anew. `nth` counts them from one.
    pub fn follow(&self, policy: &Policy, location: &str, nth: usize, redirects_max: usize) -> Result<Self, Rule> {
        if nth > redirects_max {
            return Err(Rule::Redirects);
        }
        if location.len() > URL_BYTES_MAX {
            return Err(Rule::Url);
        }
        let next = Self::judge(policy, self.url.join(location).map_err(|_| Rule::Url)?)?;
        if self.is_encrypted() && !next.is_encrypted() {
            return Err(Rule::Downgrade);
        }
        Ok(next)
    }

    fn judge(policy: &Policy, url: Url) -> Result<Self, Rule> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Rule::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Rule::Userinfo);
        }
        let port = url.port_or_known_default().ok_or(Rule::Port)?;
        policy.require_port(port)?;
        let target = Self { url, port };
        match target.host()? {
            Host::Domain(name) => policy.require_name(name)?,
            Host::Ipv4(_) | Host::Ipv6(_) => {
                target.literal(policy)?;
            }
        }
        Ok(target)
    }

    /// The URL, as it was parsed.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The name to look up; `None` if the host is an address.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.url.domain()
    }

    /// Judges the answer to [`Self::name`], or the address that stands in the URL. One address that may not be
    /// connected to is enough: whoever mixes them in has reasons of their own.
    pub fn check(self, policy: &Policy, answer: &[IpAddr]) -> Result<Checked, Rule> {
        let checked = match self.host()? {
            Host::Domain(_) => judged(policy, answer, self.port)?,
            Host::Ipv4(_) | Host::Ipv6(_) => self.literal(policy)?,
        };
        let (addresses, grant) = checked;
        Ok(Checked { target: self, addresses, grant })
    }

    /// Whether both are the same scheme, host and port: what a credential was meant for.
    #[must_use]
    pub fn has_origin_of(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    fn host(&self) -> Result<Host<&str>, Rule> {
        self.url.host().ok_or(Rule::Host)
    }

    fn literal(&self, policy: &Policy) -> Result<(Vec<SocketAddr>, Grant), Rule> {
        let address = match self.host()? {
            Host::Domain(_) => return Err(Rule::Host),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        judged(policy, &[address], self.port)
    }
}

impl Checked {
    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The addresses: the only ones that may be connected to for it.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Why it may.
    #[must_use]
    pub fn grant(&self) -> Grant {
        self.grant
    }
}

fn judged(policy: &Policy, answer: &[IpAddr], port: u16) -> Result<(Vec<SocketAddr>, Grant), Rule> {
    let mut grant = Grant::Public;
    let mut addresses = Vec::with_capacity(answer.len());
    for address in answer {
        let address = SocketAddr::new(*address, port);
        if policy.require_address(address)? == Grant::AllowList {
            grant = Grant::AllowList;
        }
        addresses.push(address);
    }
    if addresses.is_empty() { Err(Rule::Unresolved) } else { Ok((addresses, grant)) }
}

#[cfg(test)]
mod tests;
