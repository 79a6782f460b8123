//! What callers were told about money, held against what the books say afterwards.

use super::http::{Answer, Client};

/// Every answer that spoke of money is borne out by the request that it names.
///
/// A success was charged, and is completed unless its end was lost with a queue: then the charge is given back,
/// in the caller's favour. A refund that was named is there, under that name.
pub(crate) async fn stand(caller: &Client, answers: &[Answer]) {
    for answer in answers {
        let recorded = caller.get(&format!("/requests/{}", answer.request())).await;
        match (answer.header("x-payment-receipt"), answer.header("x-refund-credit")) {
            ("", "") => {
                assert!(answer.status >= 400, "neither paid nor refunded: {answer:?}");
                // It may have been charged before the ingress lost sight of it; then it was given back.
                if recorded.status == 200 {
                    assert_eq!(recorded.json()["status"], "refunded", "{answer:?}");
                }
            }
            (receipt, "") => {
                assert_eq!(answer.status, 200, "{answer:?}");
                let status = recorded.json()["status"].clone();
                assert!(status == "completed" || status == "refunded", "{recorded:?}");
                assert!(!receipt.is_empty());
            }
            (_, credit) => {
                assert!(answer.status >= 500, "{answer:?}");
                assert_eq!(recorded.json()["status"], "refunded", "{answer:?}");
                assert_eq!(recorded.json()["refund_credit"], credit, "{answer:?}");
            }
        }
    }
}
