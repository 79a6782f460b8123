//! Credentials are kept, opened, replaced and destroyed, and open nowhere but at their place.

use aipaygen_sealed::Hidden;
use aipaygen_vault::{Vault, VaultError};

use crate::support::{NOW, Stage};

on_both!(
    a_credential_is_kept_replaced_and_destroyed,
    what_was_tampered_with_is_not_opened,
    what_was_destroyed_cannot_be_put_back,
    nothing_is_on_the_disk_in_plain,
);

const SECRET: &str = "xylophone-canary-0123456789";

async fn keep(vault: &Vault, api: &str, value: &str) {
    vault.set_credential(api, &Hidden::new(value), NOW).await.unwrap();
}

async fn opened(vault: &Vault, api: &str) -> Option<String> {
    vault.credential(api).await.unwrap().map(|value| value.expose().to_owned())
}

async fn a_credential_is_kept_replaced_and_destroyed(stage: Stage) {
    let vault = &stage.vault;
    assert_eq!(opened(vault, "nasa").await, None);
    keep(vault, "nasa", "first").await;
    keep(vault, "github", "other").await;
    keep(vault, "nasa", "second").await;
    assert_eq!(opened(vault, "nasa").await.as_deref(), Some("second"));
    assert_eq!(vault.apis_with_credential().await.unwrap(), ["github", "nasa"]);
    assert!(vault.delete_credential("nasa").await.unwrap());
    assert!(!vault.delete_credential("nasa").await.unwrap());
    assert_eq!(opened(vault, "nasa").await, None);
    assert_eq!(opened(vault, "github").await.as_deref(), Some("other"));
}

async fn what_was_tampered_with_is_not_opened(stage: Stage) {
    let vault = &stage.vault;
    keep(vault, "nasa", "one").await;
    keep(vault, "github", "two").await;
    let swaps = [
        // The value of one row in another.
        "UPDATE api_credentials SET value = (SELECT value FROM api_credentials WHERE api = 'github') WHERE api = 'nasa'",
        // And the data key of its owner along with it.
        "UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE owner = 'api-github') WHERE owner = 'api-nasa'",
    ];
    for swap in swaps {
        assert_eq!(stage.execute(swap).await, 1);
        assert!(matches!(vault.credential("nasa").await, Err(VaultError::Tampered { .. })), "{swap}");
    }
    assert_eq!(opened(vault, "github").await.as_deref(), Some("two"));
}

async fn what_was_destroyed_cannot_be_put_back(stage: Stage) {
    let vault = &stage.vault;
    keep(vault, "nasa", "old").await;
    let copy = "CREATE TABLE stolen AS SELECT api, value FROM api_credentials";
    let kept = if stage.server.is_some() { None } else { Some(stage.execute(copy).await) };
    vault.delete_credential("nasa").await.unwrap();
    keep(vault, "nasa", "new").await;
    if kept.is_some() {
        let back = "UPDATE api_credentials SET value = (SELECT value FROM stolen) WHERE api = 'nasa'";
        assert_eq!(stage.execute(back).await, 1);
        assert!(matches!(vault.credential("nasa").await, Err(VaultError::Tampered { .. })));
    }
}

async fn nothing_is_on_the_disk_in_plain(stage: Stage) {
    keep(&stage.vault, "nasa", SECRET).await;
    assert_eq!(opened(&stage.vault, "nasa").await.as_deref(), Some(SECRET));
    let (mut files, mut dirs) = (0, vec![stage.dir.path().to_owned()]);
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                dirs.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                files += 1;
                assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "{entry:?}");
            }
        }
    }
    assert!(files > 1);
}
