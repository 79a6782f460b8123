//! What is told to everybody who listens, and kept for nobody.

use aipaygen_bus::Message;

use crate::support::{Stage, soon};

on_both_backends!(everybody_who_listens_hears_it, nothing_is_kept_for_those_who_come_later);

async fn everybody_who_listens_hears_it(mut stage: Stage) {
    let (teller, one, other) = (stage.bus().await, stage.bus().await, stage.bus().await);
    let mut listeners = [one.listen("news").await.unwrap(), other.listen("news").await.unwrap()];
    drop(one.listen("news").await.unwrap());
    for number in 0..2_000 {
        let message = Message::new(number.to_string()).with("Kind", "news");
        // A listener is behind by what it may be, and no message is lost.
        if number >= 1_000 {
            for listener in &mut listeners {
                let heard = soon(listener.recv()).await.unwrap();
                assert_eq!(heard.payload, (number - 1_000).to_string());
                assert_eq!(heard.headers.get("Kind"), Some("news"));
            }
        }
        teller.broadcast("news", message).await.unwrap();
    }
}

async fn nothing_is_kept_for_those_who_come_later(mut stage: Stage) {
    let (teller, listener) = (stage.bus().await, stage.bus().await);
    let mut early = listener.listen("news").await.unwrap();
    teller.broadcast("news", Message::new("old")).await.unwrap();
    assert_eq!(soon(early.recv()).await.unwrap().payload, "old");
    let mut late = listener.listen("news").await.unwrap();
    teller.broadcast("other", Message::new("elsewhere")).await.unwrap();
    teller.broadcast("news", Message::new("new")).await.unwrap();
    assert_eq!(soon(late.recv()).await.unwrap().payload, "new");
}
