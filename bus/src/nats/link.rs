//! The connection of a process to NATS: one, for everything, and the inbox behind it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, HeaderMap, ServerAddr, Subject, Subscriber};
use bytes::Bytes;
use futures::StreamExt;
use secrecy::ExposeSecret;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::inbox::{self, Address, Inbox, Recipient};
use super::pulse::Pulse;
use super::version;
use super::wire::{self, Steering};
use crate::{BusError, Message, RequestError, Settings};

/// How long the longest pause between two attempts to connect again is.
const RECONNECT_PAUSE_MS_MAX: u64 = 500;

/// The connection, and what hangs on it.
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) settings: Settings,
    pub(super) inbox: Arc<Inbox>,
    pub(super) pulse: Pulse,
    pub(super) connected: watch::Sender<bool>,
    /// Cancelled when the process takes part no more.
    pub(super) closed: CancellationToken,
    /// Of every address in the inbox, with its last dot.
    prefix: String,
}

impl Link {
    /// Connects, once: a server that is not there is the caller's to wait for.
    pub(super) async fn connect(settings: &Settings) -> Result<Arc<Self>, BusError> {
        let (inbox, connected) = (Arc::<Inbox>::default(), watch::Sender::new(true));
        let client = options(settings, inbox.clone(), connected.clone())
            .connect(addresses(settings)?)
            .await
            .map_err(|error| BusError::Connect(Box::new(error)))?;
        version::check(&client.server_info().version)?;
        let prefix = format!("{}.", client.new_inbox());
        let words = client.subscribe(format!("{prefix}*")).await.map_err(failed)?;
        let link = Arc::new(Self {
            client,
            settings: settings.clone(),
            inbox,
            pulse: Pulse::default(),
            connected,
            closed: CancellationToken::new(),
            prefix,
        });
        tokio::spawn(receive(Arc::downgrade(&link), words, link.closed.clone(), link.beat()));
        tokio::spawn(pulse(Arc::downgrade(&link), link.closed.clone(), link.beat()));
        Ok(link)
    }

    /// Whether what is sent now has a chance to arrive.
    pub(super) fn check(&self) -> Result<(), RequestError> {
        let up = self.client.connection_state() == State::Connected && !self.closed.is_cancelled();
        if up { Ok(()) } else { Err(RequestError::Disconnected) }
    }

    /// Refuses what the server would end the connection for.
    pub(super) fn check_size(&self, headers: &HeaderMap, payload: &Bytes) -> Result<(), RequestError> {
        let (bytes, bytes_max) = (wire::bytes(headers, payload), self.client.max_payload());
        if bytes <= bytes_max { Ok(()) } else { Err(RequestError::TooLarge { bytes, bytes_max }) }
    }

    /// Where an address of our inbox can be reached.
    pub(super) fn subject(&self, address: &Address) -> Subject {
        Subject::from(format!("{}{}", self.prefix, address.token()))
    }

    /// Sends, with or without headers and an address for answers.
    pub(super) async fn send(
        &self,
        to: Subject,
        answers: Option<Subject>,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<(), RequestError> {
        let client = &self.client;
        let sent = match (answers, headers.is_empty()) {
            (None, true) => client.publish(to, payload).await,
            (None, false) => client.publish_with_headers(to, headers, payload).await,
            (Some(answers), true) => client.publish_with_reply(to, answers, payload).await,
            (Some(answers), false) => client.publish_with_reply_and_headers(to, answers, headers, payload).await,
        };
        sent.map_err(|_| RequestError::Disconnected)
    }

    /// Tells the worker of a reply in parts what its requester wants.
    pub(super) async fn steer(&self, worker: Subject, steering: Steering) {
        if self.check().is_ok() {
            // A connection that goes down now cancels the work by itself.
            let _ = self.send(worker, None, HeaderMap::new(), wire::steering_payload(&steering)).await;
        }
    }

    /// Returns when the server has taken note of all that was sent before: it handles one connection in order,
    /// so a word to ourselves comes back after that.
    pub(super) async fn round_trip(&self) -> Result<(), RequestError> {
        let (address, echo) = self.inbox.await_reply();
        self.check()?;
        self.send(self.subject(&address), None, HeaderMap::new(), Bytes::new()).await?;
        match self.closed.run_until_cancelled(echo).await {
            Some(Ok(wire::Signal::Reply { .. })) => Ok(()),
            Some(_) | None => Err(RequestError::Disconnected),
        }
    }

    async fn receive(&self, message: async_nats::Message) {
        let recipient = message.subject.strip_prefix(self.prefix.as_str()).and_then(inbox::recipient);
        match recipient {
            Some(Recipient::Work(number)) => {
                if let Some(steering) = wire::steering(&message) {
                    self.inbox.steering(number, steering);
                }
            }
            Some(Recipient::Request(number)) => {
                let worker = message.reply.clone();
                let awaited = self.inbox.signal(number, wire::signal(message));
                if let (false, Some(worker)) = (awaited, worker) {
                    self.steer(worker, Steering::Cancel).await;
                }
            }
            None => {}
        }
    }

    /// Events can be lost in a flood of them; the state cannot.
    fn reconcile(&self) {
        let up = self.check().is_ok();
        self.connected.send_if_modified(|connected| std::mem::replace(connected, up) != up);
    }

    fn beat(&self) -> Duration {
        Duration::from_millis(self.settings.heartbeat_ms.max(1))
    }

    fn silent_beats_max(&self) -> u32 {
        let beats = self.settings.silence_ms_max.div_ceil(self.settings.heartbeat_ms.max(1));
        u32::try_from(beats).unwrap_or(u32::MAX)
    }
}

/// Hands over what arrives, and counts a beat of silence only when nothing is left to hand over: a process that
/// was held up itself must not take its workers for dead.
async fn receive(link: Weak<Link>, mut words: Subscriber, closed: CancellationToken, beat: Duration) {
    let mut beats = tokio::time::interval(beat);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut closed = std::pin::pin!(closed.cancelled());
    loop {
        tokio::select! {
            biased;
            () = &mut closed => return,
            word = words.next() => {
                let (Some(word), Some(link)) = (word, link.upgrade()) else { return };
                link.receive(word).await;
            }
            _ = beats.tick() => {
                let Some(link) = link.upgrade() else { return };
                link.reconcile();
                link.inbox.beat(link.silent_beats_max());
            }
        }
    }
}

/// Tells those who wait for our work that it goes on.
async fn pulse(link: Weak<Link>, closed: CancellationToken, beat: Duration) {
    let mut beats = tokio::time::interval(beat);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while closed.run_until_cancelled(beats.tick()).await.is_some() {
        let Some(link) = link.upgrade() else { return };
        for (requester, control) in link.pulse.beat() {
            // Who cannot be reached is told by its own connection.
            let _ = link.send(requester, control, wire::working_headers(), Bytes::new()).await;
        }
    }
}

fn options(settings: &Settings, inbox: Arc<Inbox>, connected: watch::Sender<bool>) -> ConnectOptions {
    ConnectOptions::new()
        .name("aipaygen")
        .connection_timeout(Duration::from_millis(settings.connect_timeout_ms))
        .reconnect_delay_callback(reconnect_pause)
        .event_callback(move |event| {
            note(&event, &inbox, &connected);
            std::future::ready(())
        })
}

fn note(event: &Event, inbox: &Inbox, connected: &watch::Sender<bool>) {
    match event {
        Event::Connected => {
            connected.send_replace(true);
        }
        Event::Disconnected => {
            connected.send_replace(false);
            inbox.disconnected();
            tracing::warn!("the connection to NATS is down");
        }
        Event::SlowConsumer(_) => tracing::error!("messages were dropped: this process does not keep up with them"),
        Event::LameDuckMode | Event::Draining | Event::Closed | Event::ServerError(_) | Event::ClientError(_) => {}
    }
}

/// At once, then after 20 ms, 40 ms, and so on.
fn reconnect_pause(attempts: usize) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    let pause_ms = if doublings == 0 { 0 } else { 10_u64 << doublings };
    Duration::from_millis(pause_ms.min(RECONNECT_PAUSE_MS_MAX))
}

fn addresses(settings: &Settings) -> Result<Vec<ServerAddr>, BusError> {
    let urls = settings.url.expose_secret();
    urls.split(',')
        .map(|url| url.trim().parse())
        .collect::<Result<_, std::io::Error>>()
        .map_err(|error| BusError::Connect(Box::new(error)))
}

/// Any other fault.
pub(super) fn failed(error: impl std::error::Error + Send + Sync + 'static) -> BusError {
    BusError::Failed(Box::new(error))
}

/// A broadcast as it was sent.
pub(super) fn message(message: async_nats::Message) -> Message {
    let headers = message.headers.as_ref().map(wire::decode).unwrap_or_default();
    Message { headers, payload: message.payload }
}
