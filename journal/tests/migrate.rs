//! Making the tables: again and again, from many processes, and without the right to make roles.

use aipaygen_journal::{Expected, Journal, OpenError, Settings, db::Db, migrate};
use futures::future::join_all;

use crate::support::{Fsync, Stage, event, journal, one, run, settings};

on_both!(many_processes_may_migrate_at_once,);

async fn many_processes_may_migrate_at_once(stage: &mut Stage) {
    let fresh = if stage.is_sqlite() {
        settings(&format!("sqlite://{}/deep/er", stage.dir().display()))
    } else {
        stage.behind_its_back("DROP SCHEMA log CASCADE; DROP SCHEMA read CASCADE").await.unwrap();
        stage.settings.clone()
    };
    assert!(matches!(open(&fresh).await, Err(OpenError::NotMigrated)));
    assert!(matches!(Db::open(&fresh).await, Err(OpenError::NotMigrated)));
    for migrated in join_all((0..4).map(|_| migrate(&fresh))).await {
        migrated.unwrap();
    }
    let journal = journal(&fresh).await;
    journal.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    migrate(&fresh).await.unwrap();
    assert_eq!(journal.head().await.unwrap().position, 1);
}

async fn open(settings: &Settings) -> Result<Journal, OpenError> {
    Journal::open(settings, aipaygen_events::Timestamp::default).await
}

#[tokio::test]
async fn a_url_of_no_database_is_refused_without_quoting_it() {
    for url in ["mysql://root:hunter2@localhost/x", "sqlite://", "", "postgres://u:hunter2@localhost:nan/x"] {
        let refused = open(&settings(url)).await.unwrap_err();
        assert!(matches!(refused, OpenError::Url(_)), "{url}: {refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("hunter2"));
    }
}

/// The roles are of the whole server: several databases make them at the same moment, or one that may not goes on
/// without them.
#[test]
fn roles_are_made_once_and_done_without_where_they_may_not_be_made() {
    run(Stage::postgres_unmigrated(Fsync::Off), roles);
}

async fn roles(stage: &mut Stage) {
    for sql in [
        "CREATE ROLE plain LOGIN",
        "CREATE DATABASE one OWNER plain",
        "CREATE DATABASE two",
        "CREATE DATABASE three",
        "CREATE DATABASE four",
    ] {
        stage.behind_its_back(sql).await.unwrap();
    }
    let server = stage.url().rsplit_once('/').unwrap().0.to_owned();
    let url = |user: &str, database: &str| format!("{}/{database}", server.replace("postgres@", &format!("{user}@")));
    let plain = settings(&url("plain", "one"));
    migrate(&plain).await.unwrap();
    let writes = journal(&plain).await;
    writes.append(one("a", Expected::Empty, event("1"))).await.unwrap();
    let others = ["two", "three", "four"].map(|database| settings(&url("postgres", database)));
    for migrated in join_all(others.iter().map(migrate)).await {
        migrated.unwrap();
    }
    // Now there are roles, and `plain` is a member of none.
    migrate(&plain).await.unwrap();
    let again = journal(&plain).await;
    again.append(one("b", Expected::Empty, event("2"))).await.unwrap();
}
