//! The operator's listener: metrics, probes, and the catalogue of APIs. It sees no caller, and its port is not for them.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::{App, HttpResponse, HttpServer, web};
use tokio_util::sync::CancellationToken;

use super::operator;
use crate::ingress::Ingress;
use crate::routes;

type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Serves the operator until it is stopped.
pub(super) fn server(
    listener: TcpListener,
    metrics: Metrics,
    ingress: Arc<Ingress>,
    stop: CancellationToken,
) -> std::io::Result<Server> {
    let app = move || {
        App::new()
            .app_data(web::Data::from(ingress.clone()))
            .app_data(web::Data::new(metrics.clone()))
            .configure(operator::configure)
            .route("/metrics", web::get().to(prometheus))
            .route("/livez", web::get().to(routes::live))
            .route("/readyz", web::get().to(routes::ready))
    };
    let server = HttpServer::new(app).workers(1).shutdown_timeout(1).shutdown_signal(stop.cancelled_owned());
    Ok(server.listen(listener)?.run())
}

/// `GET /metrics`, in the text format of Prometheus.
async fn prometheus(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics())
}
