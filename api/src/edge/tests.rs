//! Whatever fails within the outermost layer leaves it as an answer that keeps the promises.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use actix_web::dev::fn_service;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, error, web};
use serde_json::Value;

use super::*;
use crate::problem::{Kind, Problem};

const SECRET: &str = "sesame-2342";

fn edge() -> Edge {
    Edge(Arc::new(Gate::new(&Settings::default())))
}

/// What is sent of this, as the server sends it: an error too becomes a response.
async fn is_problem(outcome: Result<ServiceResponse, Error>, status: u16, slug: &str) {
    let response = outcome.map_or_else(|error| error.error_response(), |answered| answered.into_parts().1);
    let headers = response.headers().clone();
    let text = |name| headers.get(name).map_or("", |value| value.to_str().unwrap());
    for (name, value) in SECURITY_HEADERS {
        assert_eq!(text(name), value);
    }
    assert_eq!((response.status().as_u16(), text("cache-control")), (status, "no-store"));
    assert_eq!(text("content-type"), "application/problem+json");
    let Ok(body) = actix_web::body::to_bytes(response.into_body()).await else { panic!("the body is whole") };
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert!(text("x-request-id").starts_with("req_"));
    assert_eq!(
        (&problem["type"], &problem["request_id"]),
        (&format!("/problems/{slug}").into(), &text("x-request-id").into())
    );
    assert!(!String::from_utf8_lossy(&body).contains(SECRET));
}

async fn panics() -> HttpResponse {
    panic!("{SECRET}")
}

#[actix_web::test]
async fn a_panic_of_a_handler_is_a_500() {
    let app = init_service(App::new().wrap(edge()).route("/", web::get().to(panics))).await;
    is_problem(app.call(TestRequest::get().to_request()).await, 500, "internal").await;
}

#[actix_web::test]
async fn a_panic_of_an_inner_layer_is_a_500_however_late_it_comes() {
    let layer = |request: ServiceRequest, next: Next<BoxBody>| async move {
        let answered = next.call(request).await?;
        tokio::task::yield_now().await;
        assert!(answered.status().is_server_error(), "{SECRET}");
        Ok(answered)
    };
    let app = App::new().wrap(from_fn(layer)).wrap(edge()).route("/", web::get().to(HttpResponse::Ok));
    let app = init_service(app).await;
    is_problem(app.call(TestRequest::get().to_request()).await, 500, "internal").await;
}

#[actix_web::test]
async fn a_panic_in_a_call_itself_is_a_500() {
    let service = fn_service(|request: ServiceRequest| {
        assert_ne!(request.path(), "/", "{SECRET}");
        ready(Ok::<_, Error>(request.into_response(HttpResponse::Ok())))
    });
    let layer = edge().new_transform(service).await.unwrap();
    is_problem(layer.call(TestRequest::get().to_srv_request()).await, 500, "internal").await;
}

#[actix_web::test]
async fn an_error_of_an_inner_layer_is_told_by_its_status_and_not_in_its_words() {
    for (error, status, slug) in [
        (error::ErrorBadRequest as fn(&'static str) -> Error, 400, "bad-request"),
        (error::ErrorImATeapot, 400, "bad-request"),
        (error::ErrorInternalServerError, 500, "internal"),
        (error::ErrorBadGateway, 500, "internal"),
        (|_| Problem::from(Kind::BodyBroken).into(), 400, "body-broken"),
    ] {
        let layer = move |_: ServiceRequest, _: Next<BoxBody>| async move {
            Err::<ServiceResponse<BoxBody>, _>(error(SECRET))
        };
        let app = init_service(App::new().wrap(from_fn(layer)).wrap(edge())).await;
        is_problem(app.call(TestRequest::get().to_request()).await, status, slug).await;
    }
}

#[actix_web::test]
async fn what_an_extractor_or_a_handler_says_of_an_error_is_replaced() {
    let app = App::new()
        .wrap(edge())
        .route("/number/{n}", web::get().to(async |_: web::Path<u32>| HttpResponse::Ok()))
        .route("/json", web::post().to(async |_: web::Json<u32>| HttpResponse::Ok()))
        .route("/own", web::get().to(async || HttpResponse::BadGateway().body(SECRET)));
    let app = init_service(app).await;
    let number = TestRequest::get().uri(&format!("/number/{SECRET}")).to_request();
    is_problem(app.call(number).await, 404, "not-found").await;
    let json = TestRequest::post().uri("/json").insert_header(("content-type", "application/json"));
    is_problem(app.call(json.set_payload(format!("\"{SECRET}\"")).to_request()).await, 400, "bad-request").await;
    is_problem(app.call(TestRequest::get().uri("/own").to_request()).await, 500, "internal").await;
    is_problem(app.call(TestRequest::get().uri("/none").to_request()).await, 404, "not-found").await;
}
