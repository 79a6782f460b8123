//! The key-encryption key is changed while the vault is in use, and what it does not have it cannot open.

use aipaygen_sealed::Hidden;
use aipaygen_vault::VaultError;

use crate::support::{KEYS, NOW, Stage};

on_both!(a_rotation_wraps_everything_anew_and_the_old_key_can_go, a_key_that_is_not_configured_is_named);

async fn a_rotation_wraps_everything_anew_and_the_old_key_can_go(stage: Stage) {
    for api in 0..250 {
        stage.vault.set_credential(&format!("api-{api}"), &Hidden::new(format!("value-{api}")), NOW).await.unwrap();
    }
    let both = stage.with_keys(&format!("{},{}", KEYS[1], KEYS[0]));
    // What is written by a process that still has the old key alone is found by the next run.
    let first = both.rotate().await.unwrap();
    assert_eq!((first.rewrapped, first.wrapped_by.len()), (250, 1));
    stage.vault.set_credential("late", &Hidden::new("late"), NOW).await.unwrap();
    let second = both.rotate().await.unwrap();
    assert_eq!((second.rewrapped, second.wrapped_by), (1, vec![(second.current.clone(), 251)]));
    assert_eq!(both.rotate().await.unwrap().rewrapped, 0);

    let new_alone = stage.with_keys(KEYS[1]);
    for api in ["api-0", "api-99", "api-249", "late"] {
        assert!(new_alone.credential(api).await.unwrap().is_some(), "{api}");
    }
    assert!(matches!(stage.vault.credential("late").await, Err(VaultError::UnknownKey { .. })));
}

async fn a_key_that_is_not_configured_is_named(stage: Stage) {
    stage.vault.set_credential("nasa", &Hidden::new("x"), NOW).await.unwrap();
    let other = stage.with_keys(KEYS[1]);
    let Err(VaultError::UnknownKey { wrapped_by }) = other.rotate().await else { panic!("rotated without the key") };
    assert_eq!(wrapped_by, stage.vault.rotate().await.unwrap().current);
    assert!(stage.vault.credential("nasa").await.unwrap().is_some());
}
