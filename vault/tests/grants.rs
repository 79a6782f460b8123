//! Who else has the database cannot read the vault: the roles of the other processes are refused.

use aipaygen_journal::db::Db;
use aipaygen_sealed::Hidden;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{NOW, Stage};

const READ: &str = "SELECT value FROM vault.api_credentials";

#[tokio::test]
async fn no_role_but_the_keepers_reads_the_vault() {
    let stage = Stage::postgres().await;
    stage.vault.set_credential("nasa", &Hidden::new("x"), NOW).await.unwrap();
    let mut connection = PgConnection::connect(&stage.server.as_ref().unwrap().url()).await.unwrap();
    assert_eq!(connection.fetch_all(READ).await.unwrap().len(), 1);
    for role in ["SET ROLE aipaygen_reader", "SET ROLE aipaygen_projector", "SET ROLE aipaygen_writer"] {
        connection.execute(role).await.unwrap();
        assert!(connection.fetch_all(READ).await.is_err(), "{role}");
        assert!(connection.execute("DELETE FROM vault.data_keys").await.is_err(), "{role}");
        connection.execute("RESET ROLE").await.unwrap();
    }
    connection.execute("SET ROLE aipaygen_keeper").await.unwrap();
    assert_eq!(connection.fetch_all(READ).await.unwrap().len(), 1);
    for elsewhere in ["SELECT * FROM log.events", "SELECT * FROM read.keys", "DROP TABLE vault.data_keys"] {
        assert!(connection.fetch_all(elsewhere).await.is_err(), "{elsewhere}");
    }
}

#[tokio::test]
async fn the_read_models_are_another_database() {
    for stage in [Stage::sqlite().await, Stage::postgres().await] {
        let read_models = Db::open_reading(&stage.database).await.unwrap();
        assert!(read_models.fetch_all("SELECT value FROM api_credentials", &[]).await.is_err());
    }
}
