//! A name server whose answers are scripted: one after the other for each name and kind, with a TTL of zero.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, CNAME};
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};

/// One answer of a name.
#[derive(Clone)]
pub(crate) enum Says {
    /// These addresses.
    Addresses(Vec<IpAddr>),
    /// Another name, whose answer comes along.
    Alias(&'static str),
}

/// What each name says, in turn; the last is repeated from the start.
pub(crate) type Script = HashMap<&'static str, Vec<Says>>;

/// A running name server.
pub(crate) struct Dns {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<HashMap<(String, RecordType), usize>>>,
    _server: Server<Scripted>,
}

#[derive(Clone)]
struct Scripted {
    script: Arc<Script>,
    asked: Arc<Mutex<HashMap<(String, RecordType), usize>>>,
}

impl Dns {
    pub(crate) async fn start(script: Script) -> Self {
        Self::on(([127, 0, 0, 1], 0).into(), script).await
    }

    pub(crate) async fn on(address: SocketAddr, script: Script) -> Self {
        let udp = UdpSocket::bind(address).await.unwrap();
        let address = udp.local_addr().unwrap();
        let asked = Arc::<Mutex<HashMap<_, _>>>::default();
        let mut server = Server::new(Scripted { script: Arc::new(script), asked: asked.clone() });
        server.register_socket(udp);
        if let Ok(tcp) = TcpListener::bind(address).await {
            server.register_listener(tcp, Duration::from_secs(5), 4096);
        }
        Self { address, asked, _server: server }
    }

    /// How often a name was asked for its IPv4 addresses.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(&(name.to_owned(), RecordType::A)).copied().unwrap_or_default()
    }
}

impl Scripted {
    fn records(&self, name: &str, kind: RecordType) -> Option<Vec<Record>> {
        let turns = self.script.get(name)?;
        let turn = {
            let mut asked = self.asked.lock().unwrap();
            let asked = asked.entry((name.to_owned(), kind)).or_default();
            *asked += 1;
            (*asked - 1) % turns.len()
        };
        let owner = Name::from_ascii(format!("{name}.")).unwrap();
        let record = |data| Record::from_rdata(owner.clone(), 0, data);
        Some(match &turns[turn] {
            Says::Addresses(addresses) => {
                let data = addresses.iter().filter_map(|address| match (address, kind) {
                    (IpAddr::V4(v4), RecordType::A) => Some(RData::A(A(*v4))),
                    (IpAddr::V6(v6), RecordType::AAAA) => Some(RData::AAAA(AAAA(*v6))),
                    _ => None,
                });
                data.map(record).collect()
            }
            Says::Alias(other) => {
                let target = Name::from_ascii(format!("{other}.")).unwrap();
                let mut records = vec![record(RData::CNAME(CNAME(target)))];
                records.extend(self.records(other, kind).unwrap_or_default());
                records
            }
        })
    }
}

#[async_trait::async_trait]
impl RequestHandler for Scripted {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut reply: R) -> ResponseInfo {
        let (name, kind) = {
            let query = request.request_info().unwrap().query;
            (query.name().to_string().trim_end_matches('.').to_owned(), query.query_type())
        };
        let found = self.records(&name, kind);
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.recursion_available = true;
        if found.is_none() {
            metadata.response_code = ResponseCode::NXDomain;
        }
        let records = found.unwrap_or_default();
        let response = MessageResponseBuilder::from_message_request(request).build(metadata, &records, [], [], []);
        reply.send_response(response).await.unwrap()
    }
}
