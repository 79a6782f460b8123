//! What stands between the product and its facilitator, and does to their talk what networks and facilitators do.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use futures::stream;
use serde_json::{Value, json};

/// What becomes of the answer to a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It arrives.
    None,
    /// The payment is settled, and the connection breaks before the answer is through.
    Lost,
    /// The payment is settled, and the answer comes long after anybody waits for it.
    Late,
    /// The payment is settled, and the answer is a 500.
    Broken,
    /// The payment is never asked for, and the answer is a 503.
    Down,
    /// The payment is settled, and the answer is a page of HTML.
    Garbage,
    /// The payment is settled, and the answer says that it is pending, with its transaction.
    Pending,
    /// The payment is settled, and the answer says that it failed.
    DeniesSuccess,
    /// The payment is never settled, and the answer says that it was.
    ClaimsSuccess,
}

/// A proxy with a switch.
pub(crate) struct Faults {
    url: String,
    state: Arc<State>,
}

struct State {
    behind: String,
    fault: Mutex<Fault>,
    settlements: Mutex<usize>,
    http: reqwest::Client,
}

impl Faults {
    /// In front of the facilitator at this URL.
    pub(crate) fn before(behind: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (fault, settlements) = (Mutex::new(Fault::None), Mutex::default());
        let state = Arc::new(State { behind: behind.to_owned(), fault, settlements, http });
        let data = Data::from(state.clone());
        let app = move || App::new().app_data(data.clone()).default_service(web::to(pass));
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
        // It ends with the runtime of the test.
        tokio::spawn(server);
        Self { url, state }
    }

    /// Where the product finds its facilitator.
    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// From now on.
    pub(crate) fn set(&self, fault: Fault) {
        *self.state.fault.lock().unwrap() = fault;
    }

    /// How often a settlement was asked for.
    pub(crate) fn settlements(&self) -> usize {
        *self.state.settlements.lock().unwrap()
    }
}

async fn pass(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let settles = request.path() == "/settle";
    if settles {
        *state.settlements.lock().unwrap() += 1;
    }
    let fault = *state.fault.lock().unwrap();
    match fault {
        Fault::None => told(&state.forward(&request, body).await),
        _ if !settles => told(&state.forward(&request, body).await),
        Fault::Down => HttpResponse::ServiceUnavailable().finish(),
        Fault::ClaimsSuccess => {
            let transaction = format!("0x{}", "ab".repeat(32));
            let payer = &serde_json::from_slice::<Value>(&body).unwrap()["paymentPayload"]["payload"]["authorization"]
                ["from"];
            told(&json!({ "success": true, "transaction": transaction, "network": "eip155:8453", "payer": payer }))
        }
        settled @ (Fault::Lost
        | Fault::Late
        | Fault::Broken
        | Fault::Garbage
        | Fault::Pending
        | Fault::DeniesSuccess) => {
            let mut answer = state.forward(&request, body).await;
            match settled {
                Fault::Late => tokio::time::sleep(Duration::from_secs(3_600)).await,
                Fault::Broken => return HttpResponse::InternalServerError().finish(),
                Fault::Garbage => return HttpResponse::Ok().content_type("text/html").body("<html>all well</html>"),
                Fault::Lost => {
                    return HttpResponse::Ok()
                        .streaming(stream::iter([Err::<Bytes, _>(std::io::Error::other("cut"))]));
                }
                Fault::Pending => {
                    answer["success"] = false.into();
                    answer["errorReason"] = "settlement_pending".into();
                }
                Fault::DeniesSuccess => {
                    answer["success"] = false.into();
                    answer["errorReason"] = "invalid_transaction_state".into();
                    answer["transaction"] = "".into();
                }
                Fault::None | Fault::Down | Fault::ClaimsSuccess => {}
            }
            told(&answer)
        }
    }
}

impl State {
    async fn forward(&self, request: &HttpRequest, body: Bytes) -> Value {
        let url = format!("{}{}", self.behind, request.path());
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
        let sent = self.http.request(method, url).header("content-type", "application/json").body(body).send().await;
        match sent {
            Ok(answer) => answer.json().await.unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }
}

/// A facilitator that is gone is a bad gateway.
fn told(answer: &Value) -> HttpResponse {
    if answer.is_null() { HttpResponse::BadGateway().finish() } else { HttpResponse::Ok().json(answer) }
}
