//! What these tests stand on: a house with a journal, people who pay, and a look at the books.

mod audit;
mod books;
mod chain;
mod claims;
mod clock;
mod house;
mod payer;
mod wallet;

#[path = "../../../../tests/support/port.rs"]
mod port;
#[expect(dead_code, reason = "shared with the acceptance tests")]
#[path = "../../../../tests/support/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "shared with the acceptance tests")]
#[path = "../../../../tests/support/process.rs"]
mod process;
#[path = "../../../../tests/support/wait.rs"]
pub(crate) mod wait;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(crate) use audit::Audit;
pub(crate) use books::Books;
pub(crate) use chain::{Chain, Submits, TRANSACTION};
pub(crate) use claims::claims;
pub(crate) use house::{House, open_journal, settings, soon};
pub(crate) use payer::{Payer, cents, completed, failed};
pub(crate) use postgres::Fsync;
pub(crate) use wallet::{Wallet, id, paying, topping_up};

/// Declares each of these as a test on SQLite and as one on Postgres.
macro_rules! on_both_stores {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(&crate::support::House::on_sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(&crate::support::House::on_postgres(crate::support::Fsync::Off).await).await;
            })+
        }
    };
}
pub(crate) use on_both_stores;

/// The root of the repository, where the servers of the tests are kept.
fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Lets a server that runs as another user pass through a temporary directory.
fn open_to_all(dir: &Path) {
    fs::set_permissions(dir, Permissions::from_mode(0o777)).unwrap();
}
