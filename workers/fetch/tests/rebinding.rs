//! Names that change their minds: the connection goes to the answer that was judged, or nowhere.

use aipaygen_fetch::outbound::{Errand, FetchError};
use futures::future::join_all;

use crate::support::dns::{Dns, Says};
use crate::support::server::{WebServer, page};
use crate::support::{ALLOWED, Canary, DENIED, outbound, settings_with};

const TRIES: usize = 1_000;
const AT_ONCE: usize = 20;

#[tokio::test]
async fn of_a_thousand_rebinding_tries_none_reaches_the_canary() {
    let canary = Canary::on((DENIED, 0)).await;
    let port = canary.address.port();
    let web = WebServer::on((ALLOWED, port), |_| page("public")).await;
    let (good, bad) = (Says::Addresses(vec![ALLOWED]), Says::Addresses(vec![DENIED]));
    let script = [
        ("flip.example.com", vec![good.clone(), bad.clone()]),
        ("late.example.com", vec![good.clone(), good.clone(), good.clone(), bad.clone()]),
        ("flop.example.com", vec![bad.clone(), good.clone(), bad]),
    ];
    let names = script.clone().map(|(name, _)| name);
    let dns = Dns::start(script.into()).await;
    let outbound = outbound(settings_with(dns.address, &[port]));
    let (mut fetched, mut refused) = (0, 0);
    for round in 0..TRIES / AT_ONCE {
        let tries = (0..AT_ONCE).map(|nth| {
            let url = format!("http://{}:{port}/{round}/{nth}", names[nth % names.len()]);
            outbound.fetch(Errand::get(url))
        });
        for result in join_all(tries).await {
            match result {
                Ok(page) => {
                    assert_eq!(&page.body[..], b"public");
                    fetched += 1;
                }
                Err(FetchError::Refused(_)) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(fetched + refused, TRIES);
    assert!(fetched > 100 && refused > 100, "{fetched} fetched, {refused} refused: the name does not flip");
    assert!(names.iter().all(|name| dns.asked(name) >= TRIES / AT_ONCE), "a TTL of zero is asked again");
    assert_eq!((canary.connections().await, web.heads().len()), (0, fetched));
}
