//! Starts and stops the ingress: two listeners, one for callers and one for the operator.

mod admin;
mod listen;
mod operator;
mod tls;

use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use aipaygen_bus::SharedBus;
use aipaygen_catalog::Catalog;
use aipaygen_events::api_key::Pepper;
use aipaygen_projections::{LogHead, Reader};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::StartError;
use crate::apis::ApiCache;
use crate::auth::{Keys, Sessions, hear_revocations};
use crate::edge::{Edge, Gate};
use crate::ends::Ends;
use crate::ingress::{Ingress, Lasting};
use crate::paid::Overload;
use crate::routes;
use crate::settings::Settings;
use crate::store::Store;
use crate::x402::X402;

/// How often what has become quiet is forgotten.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// What the ingress needs from the rest of the process.
pub struct Deps {
    /// Where commands go.
    pub bus: SharedBus,
    /// The read models.
    pub reader: Reader,
    /// The end of the log, so that an answer about a balance knows the newest payment.
    pub log_head: LogHead,
    /// What is sold.
    pub catalog: Arc<Catalog>,
    /// Being paid by strangers; `None`: a 402 offers keys and vouchers only.
    pub x402: Option<X402>,
    /// Under which keys are hashed; the payments workers have the same.
    pub pepper: Pepper,
    /// Writes the metrics of this process as Prometheus reads them.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// How long what is in flight may take to finish when the process stops.
    pub grace: Duration,
}

/// An ingress that has its addresses; connections wait until it [runs](Bound::run).
pub struct Bound {
    ingress: Arc<Ingress>,
    public: TcpListener,
    admin: TcpListener,
    tls: Option<rustls::ServerConfig>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    grace: Duration,
    /// Cancelled when the last request has been answered.
    ended: CancellationToken,
}

/// Takes the addresses and gets everything ready. To be called on the runtime of the process.
pub async fn bind(deps: Deps, settings: Settings) -> Result<Bound, StartError> {
    settings.validate()?;
    let tls = settings.tls.as_ref().map(tls::config).transpose()?;
    let (public, admin) = (listen::listen(settings.listen)?, listen::listen(settings.admin_listen)?);
    let (metrics, grace, ended) = (deps.metrics.clone(), deps.grace, CancellationToken::new());
    let ingress = Arc::new(ingress(deps, settings, listen::address(&public), tls.is_some()));
    hear_revocations(ingress.clone(), ended.clone()).await?;
    ingress.lasting.runtime.spawn(ended.clone().run_until_cancelled_owned(keep_house(ingress.clone())));
    Ok(Bound { ingress, public, admin, tls, metrics, grace, ended })
}

fn ingress(deps: Deps, settings: Settings, address: SocketAddr, tls: bool) -> Ingress {
    let lasting = Lasting { runtime: Handle::current(), tasks: TaskTracker::new() };
    let store = Store::new(deps.reader, deps.log_head, lasting.runtime.clone(), &settings);
    let public_url = settings.public_url.clone().unwrap_or_else(|| listen::url(address, tls));
    Ingress {
        store,
        keys: Keys::new(deps.pepper.clone(), &settings),
        sessions: Sessions::new(deps.pepper.clone(), &public_url, &settings),
        gate: Arc::new(Gate::new(&settings)),
        overload: Overload::new(&settings, &deps.catalog),
        ends: Arc::new(Ends::new(deps.bus.clone(), lasting.clone(), &settings)),
        health: routes::Health::default(),
        receipt_keys: routes::ReceiptKeyCache::default(),
        apis: ApiCache::new(&settings),
        security: Arc::new(routes::statement(&settings, &deps.catalog)),
        bus: deps.bus,
        catalog: deps.catalog,
        pepper: deps.pepper,
        x402: deps.x402,
        public_url,
        lasting,
        stopping: AtomicBool::new(false),
        settings,
    }
}

async fn keep_house(ingress: Arc<Ingress>) {
    loop {
        tokio::time::sleep(HOUSEKEEPING).await;
        ingress.gate.limits.forget_the_quiet();
    }
}

impl Bound {
    /// Where callers connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        listen::address(&self.public)
    }

    /// Where the operator connects.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        listen::address(&self.admin)
    }

    /// The URL at which callers on this machine find it.
    #[must_use]
    pub fn url(&self) -> String {
        listen::url(self.address(), self.tls.is_some())
    }

    /// The URL at which the operator finds metrics and probes.
    #[must_use]
    pub fn admin_url(&self) -> String {
        listen::url(self.admin_address(), false)
    }

    /// Serves until the shutdown, then: not ready, no more connections, what is in flight is finished and settled.
    pub async fn run(self, shutdown: CancellationToken) -> std::io::Result<()> {
        let (stop_public, stop_admin) = (CancellationToken::new(), CancellationToken::new());
        let admin = admin::server(self.admin, self.metrics, self.ingress.clone(), stop_admin.clone())?;
        let admin = self.ingress.lasting.runtime.spawn(admin);
        let public = public(self.public, self.tls, self.ingress.clone(), self.grace, stop_public.clone())?;
        let stopping = self.ingress.lasting.runtime.spawn(stop(self.ingress.clone(), shutdown, stop_public));
        let served = public.await;
        // A listener that ends by itself has not been stopped by anybody.
        stopping.abort();
        let asked = stopping.await.unwrap_or_else(|_| Instant::now());
        drain(&self.ingress, asked + self.grace).await;
        self.ended.cancel();
        stop_admin.cancel();
        // The operator's listener has nothing to lose.
        let _ = admin.await;
        served
    }
}

fn public(
    listener: TcpListener,
    tls: Option<rustls::ServerConfig>,
    ingress: Arc<Ingress>,
    grace: Duration,
    stop: CancellationToken,
) -> std::io::Result<Server> {
    let settings = ingress.settings.clone();
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        chosen => chosen,
    };
    let server = HttpServer::new(move || {
        App::new()
            .wrap(Edge(ingress.gate.clone()))
            .app_data(web::Data::from(ingress.clone()))
            .configure(|app| routes::configure(&ingress, app))
    })
    .workers(workers)
    .max_connections(settings.connections_max)
    .keep_alive(Duration::from_millis(settings.keep_alive_ms))
    .client_request_timeout(Duration::from_millis(settings.head_timeout_ms))
    .tcp_nodelay(true)
    .shutdown_timeout(grace.as_secs())
    .shutdown_signal(stop.cancelled_owned());
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

/// Awaits the shutdown, says that we are not ready, gives those who route to us the time to see it, and stops.
async fn stop(ingress: Arc<Ingress>, shutdown: CancellationToken, public: CancellationToken) -> Instant {
    shutdown.cancelled().await;
    ingress.stopping.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    tokio::time::sleep(Duration::from_millis(ingress.settings.unready_ms)).await;
    public.cancel();
    asked
}

/// Awaits what outlives its caller: work that was begun, and ends of charges on their way to the queue.
async fn drain(ingress: &Ingress, deadline: Instant) {
    ingress.lasting.tasks.close();
    let drained = tokio::time::timeout_at(deadline.into(), ingress.lasting.tasks.wait()).await;
    if drained.is_err() {
        tracing::warn!(tasks = ingress.lasting.tasks.len(), "stopped with work in flight: the reaper refunds it");
    }
}
