//! What the log and the read-model database promise, asked of Postgres and of SQLite alike.
#![expect(clippy::unwrap_used, reason = "tests")]

/// Runs each test on both backends, each time on a log of its own.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $test() {
                $crate::support::run($crate::support::Stage::sqlite(), super::$test);
            })+
        }

        mod postgres {
            $(#[test]
            fn $test() {
                $crate::support::run($crate::support::Stage::postgres(), super::$test);
            })+
        }
    };
}

/// Runs each test on Postgres: what SQLite has no word for.
macro_rules! on_postgres {
    ($($test:ident),+ $(,)?) => {
        mod postgres_only {
            $(#[test]
            fn $test() {
                $crate::support::run($crate::support::Stage::postgres(), super::$test);
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
