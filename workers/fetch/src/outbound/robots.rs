//! Whether a site wants robots on a page (RFC 9309), remembered in memory for a while.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use reqwest::StatusCode;
use texting_robots::Robot;

use super::{Errand, FetchError, Fetched, Outbound};
use crate::guard::Target;
use crate::settings::Settings;

/// What is read of a `robots.txt`: the least that RFC 9309 asks for.
const BYTES_MAX: usize = 500 * 1024;

/// The sites that are known.
pub(super) struct Robots {
    known: Cache<String, Arc<Wish>>,
    name: String,
}

/// What a site wants.
enum Wish {
    Welcome,
    StayAway,
    Rules(Box<Robot>),
}

impl Robots {
    pub(super) fn new(settings: &Settings) -> Self {
        let known = Cache::builder()
            .max_capacity(settings.robots_cached_max)
            .time_to_live(Duration::from_secs(settings.robots_cached_s));
        Self { known: known.build(), name: settings.robot().to_owned() }
    }

    /// Refuses what the site of a target does not want us on, and what keeps that from being known.
    pub(super) async fn require(&self, outbound: &Outbound, target: &Target) -> Result<(), FetchError> {
        let site = target.url().origin().ascii_serialization();
        let wish = match self.known.get(&site).await {
            Some(wish) => wish,
            None => {
                let wish = Arc::new(self.ask(outbound, &site).await?);
                self.known.insert(site, Arc::clone(&wish)).await;
                wish
            }
        };
        let allowed = match &*wish {
            Wish::Welcome => true,
            Wish::StayAway => false,
            Wish::Rules(robot) => {
                catch_unwind(AssertUnwindSafe(|| robot.allowed(target.url().as_str()))).unwrap_or(false)
            }
        };
        if allowed { Ok(()) } else { Err(FetchError::Robots) }
    }

    async fn ask(&self, outbound: &Outbound, site: &str) -> Result<Wish, FetchError> {
        let errand = Errand::get(format!("{site}/robots.txt"));
        // A fetch asks for robots.txt, and robots.txt is fetched; that of robots.txt is not asked for.
        match Box::pin(outbound.follow(errand)).await {
            Ok(fetched) => Ok(self.read(fetched)),
            // RFC 9309, 2.3.1.4: while it is out of reach, so is the site.
            Err(error @ (FetchError::Refused(_) | FetchError::Unreachable | FetchError::Slow)) => Err(error),
            Err(FetchError::Robots | FetchError::TooLarge | FetchError::Undecodable) => Ok(Wish::Welcome),
        }
    }

    fn read(&self, fetched: Fetched) -> Wish {
        if fetched.status.is_server_error() || fetched.status == StatusCode::TOO_MANY_REQUESTS {
            return Wish::StayAway;
        }
        if !fetched.status.is_success() {
            return Wish::Welcome;
        }
        let text = &fetched.body[..fetched.body.len().min(BYTES_MAX)];
        let parsed = catch_unwind(AssertUnwindSafe(|| Robot::new(&self.name, text)));
        match parsed {
            Ok(Ok(robot)) => Wish::Rules(Box::new(robot)),
            Ok(Err(_)) => Wish::Welcome,
            Err(_panic) => Wish::StayAway,
        }
    }
}
