//! What the vault promises, asked of Postgres and of SQLite alike.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

/// Each test once on each database.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::support::Stage::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::support::Stage::postgres().await).await;
            })*
        }
    };
}

mod credentials;
mod grants;
mod rotation;
mod support;
