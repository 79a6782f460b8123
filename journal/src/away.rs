//! Telling a database that is away or busy from a statement that is wrong.

use sqlx::postgres::PgDatabaseError;

/// Whether trying the same again later may help.
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    match error.as_database_error() {
        Some(refusal) => match refusal.try_downcast_ref::<PgDatabaseError>() {
            Some(postgres) => postgres_is_away(postgres.code()),
            None => refusal.code().and_then(|code| code.parse().ok()).is_some_and(sqlite_is_away),
        },
        None => matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        ),
    }
}

/// Connection failures, shutdown and start-up, too many connections, deadlocks and locks not to be had, and a
/// standby that is not the primary yet.
fn postgres_is_away(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("53")
        || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "40001" | "40P01" | "55P03" | "25006" | "25P03")
}

/// `BUSY`, `LOCKED`, `IOERR`, `FULL` and `CANTOPEN`, in any of their extended forms.
const fn sqlite_is_away(extended: i32) -> bool {
    matches!(extended & 0xff, 5 | 6 | 10 | 13 | 14)
}

/// What a log may say of an error: its kind and code, and no text that could quote a value.
pub(crate) fn in_brief(error: &sqlx::Error) -> String {
    if let sqlx::Error::Database(refusal) = error {
        format!("the database refused with code {}", refusal.code().unwrap_or_default())
    } else if let sqlx::Error::Io(io) = error {
        format!("the connection failed: {}", io.kind())
    } else if matches!(error, sqlx::Error::PoolTimedOut) {
        "no connection came free in time".to_owned()
    } else {
        "the driver failed".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_passes_and_a_broken_rule_does_not() {
        for code in ["08006", "57P01", "57P03", "53300", "40P01"] {
            assert!(postgres_is_away(code), "{code}");
        }
        for code in ["23505", "23514", "42P01", "22021"] {
            assert!(!postgres_is_away(code), "{code}");
        }
    }

    #[test]
    fn a_busy_file_passes_and_a_broken_rule_does_not() {
        for code in [5, 261, 517, 6, 10, 13, 14] {
            assert!(sqlite_is_away(code), "{code}");
        }
        for code in [1, 8, 19, 275, 1555, 2067] {
            assert!(!sqlite_is_away(code), "{code}");
        }
    }
}
