//! One API of a third party, as its file describes it: where it is, what may be called there, and how we are known
//! to it. Never a credential.

mod call;
mod path;

use aipaygen_events::MicroUsd;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use call::{Call, Outgoing};

use path::Template;

/// An API.
#[derive(Clone, Debug)]
pub struct ApiEntry {
    /// Its id: lower-case letters, digits and `-`.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// What comes before every path, without a slash at its end.
    pub base_url: String,
    /// Where its makers document it.
    pub docs_url: String,
    /// What it is about.
    pub categories: Vec<String>,
    /// How we are known to it.
    pub auth: Auth,
    /// Whether it can be called without that.
    pub auth_optional: bool,
    /// What a call costs; `None` for the usual price.
    pub price: Option<MicroUsd>,
    /// What its makers allow, in words.
    pub rate_hint: Option<String>,
    /// Headers that a caller may set beside the usual ones, in lower case.
    pub headers: Vec<String>,
    /// What may be called.
    pub endpoints: Vec<ApiEndpoint>,
}

/// How we are known to an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all.
    None,
    /// By a header.
    Header {
        /// Its name.
        name: String,
    },
    /// By a parameter of the query.
    Query {
        /// Its name.
        name: String,
    },
    /// By `Authorization: Bearer …`.
    Bearer,
    /// By `Authorization: Basic …`.
    Basic,
}

/// One thing that may be called.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiEndpoint {
    /// The method.
    pub method: String,
    /// The path below the base URL, such as `/repos/{owner}/{repo}`.
    pub path: String,
    /// What it does, in a few words.
    pub summary: String,
    /// Some of the parameters that it takes, for people.
    #[serde(default)]
    pub params: Vec<String>,
}

/// Why a file is not an API.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Not TOML, or not of the shape.
    #[error("{0}")]
    Malformed(#[from] toml::de::Error),
    /// A value that cannot be.
    #[error("{field}: {rule}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What it has to be.
        rule: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    name: String,
    summary: String,
    base_url: String,
    docs_url: String,
    categories: Vec<String>,
    auth: Auth,
    #[serde(default)]
    auth_optional: bool,
    price_usd: Option<String>,
    rate_hint: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    endpoints: Vec<ApiEndpoint>,
}

impl Auth {
    /// Its kind, as files write it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Header { .. } => "header",
            Self::Query { .. } => "query",
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}

impl ApiEntry {
    /// Reads the text of an API's file. A host is a public one over https, unless `plain_hosts` names it with its
    /// port: such a host may be an address, and be spoken to without TLS.
    pub fn parse(text: &str, plain_hosts: &[String]) -> Result<Self, ApiError> {
        let entry = Self::stored(text)?;
        require_base(&entry.base_url, plain_hosts)?;
        Ok(entry)
    }

    /// Reads the text of a file that was judged by [`ApiEntry::parse`] when it came.
    pub fn stored(text: &str) -> Result<Self, ApiError> {
        let file: File = toml::from_str(text)?;
        require(is_id(&file.id), "id", "1 to 64 lower-case letters, digits and -")?;
        require(!file.name.is_empty() && file.name.len() <= 100, "name", "1 to 100 bytes")?;
        require(!file.summary.is_empty() && file.summary.len() <= 500, "summary", "1 to 500 bytes")?;
        let docs = Url::parse(&file.docs_url).is_ok_and(|url| url.scheme() == "https");
        require(docs, "docs_url", "an https:// URL")?;
        let categories = !file.categories.is_empty() && file.categories.iter().all(|category| is_id(category));
        require(categories, "categories", "at least one, each of lower-case letters, digits and -")?;
        require_auth(&file.auth)?;
        let headers = file.headers.iter().all(|name| is_header(name) && *name == name.to_ascii_lowercase());
        require(headers, "headers", "names of header fields in lower case, without those that we set")?;
        require_endpoints(&file.endpoints)?;
        let price = file.price_usd.map(|price| price.parse()).transpose();
        let price = price.map_err(|_| ApiError::Field { field: "price_usd", rule: "dollars as text" })?;
        Ok(Self {
            id: file.id,
            name: file.name,
            summary: file.summary,
            base_url: file.base_url,
            docs_url: file.docs_url,
            categories: file.categories,
            auth: file.auth,
            auth_optional: file.auth_optional,
            price,
            rate_hint: file.rate_hint,
            headers: file.headers,
            endpoints: file.endpoints,
        })
    }

    /// The scheme, host and port that its credential may be sent to.
    #[must_use]
    pub fn origin(&self) -> String {
        Url::parse(&self.base_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }
}

fn require(holds: bool, field: &'static str, rule: &'static str) -> Result<(), ApiError> {
    if holds { Ok(()) } else { Err(ApiError::Field { field, rule }) }
}

fn is_id(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

fn require_base(base: &str, plain_hosts: &[String]) -> Result<(), ApiError> {
    let rule = "an https:// URL of a public host by name, without user, query, fragment or a slash at its end";
    let refused = ApiError::Field { field: "base_url", rule };
    let Ok(url) = Url::parse(base) else { return Err(refused) };
    let plain = url
        .host_str()
        .zip(url.port_or_known_default())
        .is_some_and(|(host, port)| plain_hosts.iter().any(|named| *named == format!("{host}:{port}")));
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let bare = bare && url.fragment().is_none() && !base.ends_with('/') && base.is_ascii();
    let guarded = url.scheme() == "https" && matches!(url.port(), None | Some(8443)) && is_public_name(url.host());
    let web = matches!(url.scheme(), "http" | "https");
    if bare && web && (plain || guarded) { Ok(()) } else { Err(refused) }
}

/// A name with a dot in it that is of no special use. What it resolves to is judged when it is called.
fn is_public_name(host: Option<Host<&str>>) -> bool {
    const SPECIAL: [&str; 9] =
        ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid"];
    match host {
        Some(Host::Domain(name)) => match name.rsplit_once('.') {
            Some((_, last)) => !SPECIAL.contains(&last) && last.bytes().any(|b| b.is_ascii_alphabetic()),
            None => false,
        },
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    }
}

fn require_auth(auth: &Auth) -> Result<(), ApiError> {
    match auth {
        Auth::None | Auth::Bearer | Auth::Basic => Ok(()),
        Auth::Header { name } => {
            let usable = is_header(name) || name.eq_ignore_ascii_case("authorization");
            require(usable, "auth.name", "the name of a header field")
        }
        Auth::Query { name } => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
            require(!name.is_empty() && name.bytes().all(plain), "auth.name", "letters, digits, _, - and .")
        }
    }
}

/// A field that is not one of those that belong to the connection, to us, or to the credential.
fn is_header(name: &str) -> bool {
    const OURS: [&str; 14] = [
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ];
    let token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let sound = (1..=64).contains(&name.len()) && name.bytes().all(token);
    sound && !OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

fn require_endpoints(endpoints: &[ApiEndpoint]) -> Result<(), ApiError> {
    const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    let known = endpoints.iter().all(|endpoint| METHODS.contains(&endpoint.method.as_str()));
    require(!endpoints.is_empty() && known, "endpoints.method", "GET, HEAD, POST, PUT, PATCH or DELETE")?;
    let templates = endpoints.iter().all(|endpoint| Template::parse(&endpoint.path).is_some());
    require(templates, "endpoints.path", "an absolute path of plain segments and {names}, one a segment")
}

#[cfg(test)]
mod tests;
