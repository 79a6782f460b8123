//! The shipped policy, against real addresses: in a network namespace of their own, where every address is this machine,
//! public sites are fetched and private ones are not even connected to.

use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::{env, fs};

use aipaygen_fetch::outbound::{Errand, FetchError, Outbound};

use crate::support::dns::{Dns, Says};
use crate::support::server::{WebServer, page, to};
use crate::support::{Canary, outbound, settings};

const INSIDE: &str = "AIPAYGEN_TEST_NAMESPACE";
const TEST: &str = "namespaces::in_a_network_of_its_own_public_sites_are_fetched_and_private_ones_never_connected_to";

const PUBLIC: [&str; 4] = ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"];
const PRIVATE: [&str; 14] = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "fd00::1",
    "fd00:ec2::254",
    "2001:db8::1",
    "2002:a00:1::1",
    "64:ff9b::a00:1",
];

#[test]
fn in_a_network_of_its_own_public_sites_are_fetched_and_private_ones_never_connected_to() {
    if env::var_os(INSIDE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(inside());
    }
    let mut again = Command::new("unshare");
    again.args(["--net", "--"]).arg(env::current_exe().unwrap()).args(["--exact", TEST, "--nocapture"]);
    let output = again.env(INSIDE, "1").output().expect("unshare of util-linux, as root");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "needs root and iproute2: {said}{complaints}");
}

async fn inside() {
    ip("link set lo up");
    for address in PUBLIC.iter().chain(&PRIVATE) {
        let prefix = if address.contains(':') { 128 } else { 32 };
        ip(&format!("address add {address}/{prefix} dev lo"));
    }
    // Filtered: whoever asks waits.
    ip("link add filtered type veth peer name nobody");
    ip("address add 10.99.0.1/24 dev filtered");
    ip("link set filtered up");

    let sites = serve_public().await;
    let canaries = serve_private().await;
    let dns = Dns::on("127.0.0.53:53".parse().unwrap(), script()).await;
    let mut settings = settings();
    settings.guard.allowed.clear();
    settings.name_servers = vec![dns.address.ip().to_string()];
    let outbound = outbound(settings);
    public_sites_are_fetched(&outbound).await;
    private_ones_are_refused(&outbound).await;
    for canary in &canaries {
        assert_eq!(canary.connections().await, 0, "{}", canary.address);
    }
    assert!(sites.iter().all(|site| !site.heads().is_empty()), "every public site was asked");
}

fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status().expect("ip of iproute2");
    assert!(status.success(), "ip {arguments}");
    // An address is used at once, not after it has been looked for on the wire.
    for interface in ["lo", "all", "default"] {
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{interface}/accept_dad"), "0");
    }
}

fn socket(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 80)
}

async fn serve_public() -> Vec<WebServer> {
    let mut sites = Vec::new();
    for address in PUBLIC {
        sites.push(WebServer::on(socket(address), respond).await);
    }
    sites
}

fn respond(path: &str) -> crate::support::server::Does {
    match path.strip_prefix("/to/") {
        Some(host) => to(302, &format!("http://{host}/")),
        None => page("public"),
    }
}

async fn serve_private() -> Vec<Canary> {
    let mut canaries = vec![Canary::on(socket("127.0.0.1")).await, Canary::on(socket("::1")).await];
    for address in PRIVATE {
        canaries.push(Canary::on(socket(address)).await);
    }
    canaries
}

fn script() -> crate::support::dns::Script {
    let says = |addresses: &[&str]| Says::Addresses(addresses.iter().map(|a| a.parse::<IpAddr>().unwrap()).collect());
    [
        ("site.example.com", vec![says(&PUBLIC[..3])]),
        ("nat64.example.com", vec![says(&["64:ff9b::808:808"])]),
        ("alias.example.com", vec![Says::Alias("site.example.com")]),
        ("private.example.com", vec![says(&["10.0.0.1"])]),
        ("metadata.example.com", vec![says(&["1.1.1.1", "169.254.169.254"])]),
        ("six.example.com", vec![says(&["2606:4700:4700::1111", "fd00::1"])]),
        ("trick.example.com", vec![Says::Alias("private.example.com")]),
        ("flip.example.com", vec![says(&["1.1.1.1"]), says(&["10.0.0.1"])]),
    ]
    .into()
}

async fn public_sites_are_fetched(outbound: &Outbound) {
    for host in [
        "93.184.216.34",
        "1.1.1.1",
        "0x01010101",
        "[2606:4700:4700::1111]",
        "[::ffff:1.1.1.1]",
        "[64:ff9b::808:808]",
        "site.example.com",
        "alias.example.com",
        "nat64.example.com",
        "1.1.1.1/to/93.184.216.34",
        "site.example.com/to/[2606:4700:4700::1111]",
    ] {
        let fetched = outbound.fetch(Errand::get(format!("http://{host}"))).await;
        assert_eq!(&fetched.unwrap_or_else(|error| panic!("{host}: {error}")).body[..], b"public", "{host}");
    }
}

async fn private_ones_are_refused(outbound: &Outbound) {
    let names = ["private", "metadata", "six", "trick", "gone"].map(|name| format!("{name}.example.com"));
    let more =
        ["127.0.0.1", "[::1]", "10.99.0.2", "2852039166", "[::ffff:10.0.0.1]", "[2002:a00:1::1]"].map(str::to_owned);
    let literals =
        PRIVATE.map(|address| if address.contains(':') { format!("[{address}]") } else { address.to_owned() });
    for host in names.iter().chain(&more).chain(&literals) {
        for url in [format!("http://{host}/"), format!("http://1.1.1.1/to/{host}")] {
            let error = outbound.fetch(Errand::get(&url)).await.map(drop).unwrap_err();
            assert!(matches!(error, FetchError::Refused(_)), "{url}: {error}");
        }
    }
    for _ in 0..50 {
        match outbound.fetch(Errand::get("http://flip.example.com/")).await {
            Ok(fetched) => assert_eq!(&fetched.body[..], b"public"),
            Err(error) => assert!(matches!(error, FetchError::Refused(_)), "{error}"),
        }
    }
}
