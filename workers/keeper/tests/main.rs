//! What the keeper promises, on both databases: what has happened is told at least once, whoever dies, and nothing that
//! is secret leaves it but sealed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

/// Each test once on each database.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::support::House::on_sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::support::House::on_postgres().await).await;
            })*
        }
    };
}

mod commands;
mod dispatching;
mod support;
