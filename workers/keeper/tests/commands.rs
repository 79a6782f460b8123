//! The commands of the keeper: limits, owners, and secrets that leave it sealed.

use aipaygen_bus::vault::{
    AddWebhook, Changed, DeleteCredential, LendCredential, LendTarget, Lent, ListApis, ListWebhooks, PutApi,
    RemoveApi, RemoveWebhook, RotateWebhook, SetCredential, WebhookAdded, WebhookRotated,
};
use aipaygen_events::RequestId;
use aipaygen_sealed::{OpenError, Place, Secret};
use uuid::Uuid;

use crate::support::{House, account};

on_both!(
    a_credential_is_lent_sealed_for_one_request_and_one_origin,
    what_cannot_be_is_refused_by_its_field,
    a_webhook_is_its_accounts_alone,
    two_secrets_sign_while_one_takes_the_place_of_the_other,
);

const SECRET: &str = "canary-credential-0123456789";
const FILE: &str = r#"
    id = "shop"
    name = "Shop"
    summary = "Sells."
    base_url = "https://api.shop.example.com/v1"
    docs_url = "https://shop.example.com/docs"
    categories = ["shopping"]
    auth = { kind = "bearer" }
    [[endpoints]]
    method = "GET"
    path = "/orders"
    summary = "Orders."
"#;

async fn set(house: &House, api: &str, value: &str) -> Changed {
    house.ask(&SetCredential { api: api.to_owned(), value: value.to_owned() }).await
}

async fn a_credential_is_lent_sealed_for_one_request_and_one_origin(house: House) {
    let keeper = house.keeper().await;
    assert_eq!(house.ask(&PutApi { entry: FILE.to_owned() }).await, Changed::Done);
    let lend = LendCredential { request: RequestId::from_uuid(Uuid::from_u128(7)), api: "shop".to_owned() };
    assert_eq!(house.ask(&lend).await, Lent::Nothing);
    assert_eq!(set(&house, "shop", SECRET).await, Changed::Done);
    let stored = house.ask(&ListApis {}).await.unwrap();
    assert_eq!((stored.entries, stored.with_credential), (vec![FILE.to_owned()], vec!["shop".to_owned()]));

    let Lent::Sealed { sealed, .. } = house.ask(&lend).await else { panic!("not lent") };
    assert!(!sealed.contains(SECRET));
    let Ok(Secret::Credential(credential)) = house.endpoint.open(&sealed, &lend.request.to_string()) else {
        panic!("not for this worker")
    };
    assert_eq!((credential.origin.as_str(), credential.place), ("https://api.shop.example.com", Place::Bearer));
    assert_eq!(credential.value.expose(), SECRET);
    assert_eq!(house.endpoint.open(&sealed, "another request"), Err(OpenError::NotForUs));
    house.pass(31);
    assert_eq!(house.endpoint.open(&sealed, &lend.request.to_string()), Err(OpenError::Expired));

    // Put anew it is another API, for which the credential was not meant.
    assert_eq!(house.ask(&PutApi { entry: FILE.replace("api.shop", "api.other") }).await, Changed::Done);
    assert_eq!(house.ask(&lend).await, Lent::Nothing);
    assert_eq!(house.ask(&DeleteCredential { api: "shop".to_owned() }).await, Changed::Unknown);
    assert_eq!(house.ask(&RemoveApi { api: "shop".to_owned() }).await, Changed::Done);
    assert_eq!(house.ask(&RemoveApi { api: "shop".to_owned() }).await, Changed::Unknown);
    keeper.drain().await;
}

async fn what_cannot_be_is_refused_by_its_field(house: House) {
    let keeper = house.keeper().await;
    let field = |changed: Changed| match changed.clone() {
        Changed::Invalid { field, .. } => field,
        Changed::Done | Changed::Unknown | Changed::Unavailable => panic!("{changed:?}"),
    };
    let private = FILE.replace("https://api.shop.example.com", "http://169.254.169.254");
    assert_eq!(field(house.ask(&PutApi { entry: private }).await), "base_url");
    assert_eq!(field(house.ask(&PutApi { entry: "{".to_owned() }).await), "entry");
    assert_eq!(field(set(&house, "open-meteo", "x").await), "api");
    assert_eq!(field(set(&house, "nasa", "a\r\nb").await), "value");
    assert_eq!(field(set(&house, "nasa", "").await), "value");
    assert_eq!(set(&house, "no-such-api", "x").await, Changed::Unknown);
    assert_eq!(set(&house, "nasa", "DEMO_KEY").await, Changed::Done);
    keeper.drain().await;
}

async fn a_webhook_is_its_accounts_alone(house: House) {
    let keeper = house.keeper().await;
    let (webhook, _) = house.webhook(account(1)).await;
    let (mine, other) = (account(1), account(2));
    assert_eq!(house.ask(&RemoveWebhook { account: other, webhook }).await, Changed::Unknown);
    assert!(matches!(house.ask(&RotateWebhook { account: other, webhook }).await, WebhookRotated::Unknown));
    let lend = |account| LendTarget { account, webhook: Some(webhook), message: "msg_1".to_owned() };
    assert_eq!(house.ask(&lend(other)).await, Lent::Nothing);
    assert!(matches!(house.ask(&lend(mine)).await, Lent::Sealed { .. }));
    assert!(house.ask(&ListWebhooks { account: other }).await.unwrap().is_empty());

    house.webhook(mine).await;
    let third =
        AddWebhook { account: mine, url: "https://x.example.com".to_owned(), events: vec![], low_balance: None };
    assert!(matches!(house.ask(&third).await, WebhookAdded::TooMany { max: 2 }));
    let plain = AddWebhook { account: other, url: "http://x.example.com".to_owned(), ..third };
    assert!(matches!(house.ask(&plain).await, WebhookAdded::PlainHttp));
    assert_eq!(house.ask(&RemoveWebhook { account: mine, webhook }).await, Changed::Done);
    assert_eq!(house.ask(&ListWebhooks { account: mine }).await.unwrap().len(), 1);
    keeper.drain().await;
}

async fn two_secrets_sign_while_one_takes_the_place_of_the_other(house: House) {
    let keeper = house.keeper().await;
    let (webhook, first) = house.webhook(account(1)).await;
    let rotate = RotateWebhook { account: account(1), webhook };
    let WebhookRotated::Rotated { secret: second, .. } = house.ask(&rotate).await else { panic!("not rotated") };
    assert_ne!(first, second);
    let secrets = async || {
        let lend = LendTarget { account: account(1), webhook: None, message: "msg_1".to_owned() };
        let Lent::Sealed { sealed, .. } = house.ask(&lend).await else { panic!("not lent") };
        let Ok(Secret::Target(target)) = house.endpoint.open(&sealed, "msg_1") else { panic!("not for this worker") };
        target.secrets.iter().map(|secret| secret.expose().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(secrets().await, [second.clone(), first]);
    house.pass(3_601);
    assert_eq!(secrets().await, [second]);
    keeper.drain().await;
}
