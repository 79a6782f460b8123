//! What the log and the read-model database promise, asked of Postgres and of SQLite alike.
#![expect(clippy::unwrap_used, reason = "tests")]

/// Runs each test on both backends, each time on a log of its own.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::support::Stage::sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::support::Stage::postgres().await).await;
            })+
        }
    };
}

mod append;
mod db;
mod guard;
mod load;
mod migrate;
mod outage;
mod rebuild;
mod support;
mod verify;
mod wake;
