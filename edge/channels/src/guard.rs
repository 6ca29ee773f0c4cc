//! Where an outgoing call may go: public addresses only, checked after the name is resolved.
//!
//! A webhook's address comes from people who need not be allowed to reach the network that this server
//! stands in. So the name is resolved once, every address it has is checked, and the connection goes to
//! a checked address and nowhere else: no second look-up, no redirect, no proxy. An operator may declare
//! an endpoint private, which is needed for systems on the same network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::time::timeout;
use url::{Host, Url};

const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);
/// More addresses than this are not tried.
const ADDRESSES_MAX: usize = 16;

/// Why a call may not go to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    #[error("`{0}` is not a web address; write one such as `https://orders.shop.example/hook`")]
    NotAnAddress(String),
    #[error("the scheme is `{0}`; use https, or http to an endpoint declared private")]
    Scheme(String),
    #[error("the address carries a user name or password; sign calls with the endpoint's secret instead")]
    Login,
    #[error("port {0} is not one for web services; use 443, 80 or one above 1023")]
    Port(u16),
    #[error(
        "`{0}` is {1}, inside or beside our own network; declare the endpoint `allow_private` if it is yours"
    )]
    Private(String, IpAddr),
}

/// Whether a target may be on our own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only addresses that anybody on the internet could call.
    Public,
    /// Any address: the operator has said so for this endpoint.
    Private,
}

/// A checked address. The host may still resolve to forbidden addresses: see [`Target::resolve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub url: Url,
    pub reach: Reach,
}

/// Why a target's name has no address to connect to.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the name could not be resolved: {0}")]
    Lookup(String),
}

impl Target {
    /// Checks what can be checked without a look-up. Addresses written as numbers are read as the
    /// standard says (`http://2130706433`, `http://0x7f.1`), so no spelling passes that connects elsewhere.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, Forbidden> {
        let url = Url::parse(text.trim()).map_err(|_| Forbidden::NotAnAddress(text.into()))?;
        match (url.scheme(), reach) {
            ("https", _) | ("http", Reach::Private) => {}
            (scheme, _) => return Err(Forbidden::Scheme(scheme.into())),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Login);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if reach == Reach::Public && !matches!(port, 80 | 443 | 1024..) {
            return Err(Forbidden::Port(port));
        }
        let target = Self { url, reach };
        match target.url.host() {
            None => return Err(Forbidden::NotAnAddress(text.into())),
            Some(Host::Ipv4(address)) => target.check(address.into())?,
            Some(Host::Ipv6(address)) => target.check(address.into())?,
            Some(Host::Domain(name)) => target.check_name(name)?,
        }
        Ok(target)
    }

    /// The addresses to connect to, all of them checked. One forbidden address forbids the name: a name
    /// with both kinds is an attempt to have one checked and the other called.
    pub async fn resolve(&self) -> Result<Vec<SocketAddr>, Unresolved> {
        let port = self.url.port_or_known_default().unwrap_or_default();
        let addresses: Vec<SocketAddr> = match self.url.host() {
            None => Vec::new(),
            Some(Host::Ipv4(address)) => vec![(address, port).into()],
            Some(Host::Ipv6(address)) => vec![(address, port).into()],
            Some(Host::Domain(name)) => {
                let lookup = timeout(RESOLVE_TIMEOUT, tokio::net::lookup_host((name, port))).await;
                let found = lookup.map_err(|_| Unresolved::Lookup("no answer in time".into()))?;
                found.map_err(|error| Unresolved::Lookup(error.to_string()))?.take(ADDRESSES_MAX).collect()
            }
        };
        for address in &addresses {
            self.check(address.ip())?;
        }
        if addresses.is_empty() {
            return Err(Unresolved::Lookup("it has no address".into()));
        }
        Ok(addresses)
    }

    fn check(&self, address: IpAddr) -> Result<(), Forbidden> {
        if self.reach == Reach::Private || is_public(address) {
            return Ok(());
        }
        Err(Forbidden::Private(self.url.host_str().unwrap_or_default().into(), address))
    }

    /// Names that by their own standard never leave the machine or the local network.
    fn check_name(&self, name: &str) -> Result<(), Forbidden> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        let local = matches!(
            last,
            "localhost" | "local" | "internal" | "lan" | "home" | "arpa" | "onion" | "invalid"
        );
        if self.reach == Reach::Public && (local || !name.contains('.')) {
            return Err(Forbidden::Private(name, Ipv4Addr::LOCALHOST.into()));
        }
        Ok(())
    }
}

/// Whether anybody on the internet could call this address, by the registries of special-purpose
/// addresses (RFC 6890 and its updates).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] => true,
        [100, 64..=127, ..] => true,
        [169, 254, ..] => true,
        [172, 16..=31, ..] => true,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..] => true,
        [192, 31, 196, _] | [192, 52, 193, _] | [192, 175, 48, _] => true,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let last_32 = Ipv4Addr::from((u32::from(segments[6]) << 16) | u32::from(segments[7]));
    match segments {
        // An IPv4 address in disguise goes where the IPv4 address goes: mapped (RFC 4291) and NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(last_32),
        // 6to4 (RFC 3056) carries the IPv4 address of its router.
        [0x2002, high, low, ..] => is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        // Protocol assignments with Teredo and ORCHID, documentation, AS112, SRv6.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2620, 0x4f, 0x8000, ..] => false,
        [0x3fff, 0..=0xfff, ..] => false,
        // Only 2000::/3 is global unicast; all else is local, reserved or multicast.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spellings of addresses that must not be reached, collected from the usual lists of tricks.
    const FORBIDDEN: &[&str] = &[
        "https://127.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0x7f.0x0.0x0.0x1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://0/",
        "https://0.0.0.0/",
        "https://00000000/",
        "https://127.127.127.127/",
        "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/",
        "https://１２７.0.0.1/",
        "https://%31%32%37.0.0.1/",
        "https://localhost/",
        "https://LOCALHOST/",
        "https://localhost./",
        "https://foo.localhost/",
        "https://ⓛocalhost/",
        "https://router/",
        "https://printer.local/",
        "https://db.internal/",
        "https://metadata.google.internal/",
        "https://10.0.0.1/",
        "https://10.255.255.255/",
        "https://167772161/",
        "https://012.0.0.1/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.168.0.1/",
        "https://3232235521/",
        "https://0xc0a80001/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0251.0376.0251.0376/",
        "https://169.254.43518/",
        "https://100.64.0.1/",
        "https://100.127.255.255/",
        "https://192.0.0.192/",
        "https://192.0.2.1/",
        "https://192.88.99.1/",
        "https://198.18.0.1/",
        "https://198.19.255.1/",
        "https://198.51.100.7/",
        "https://203.0.113.9/",
        "https://224.0.0.1/",
        "https://239.255.255.250/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://[::]/",
        "https://[::1]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[::7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[2002:c0a8:1::1]/",
        "https://[2001::1]/",
        "https://[2001:0:7f00:1::]/",
        "https://[2001:db8::1]/",
        "https://[2001:10::1]/",
        "https://[3fff::1]/",
        "https://[5f00::1]/",
        "https://[100::1]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://[::ffff:0:127.0.0.1]/",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "unix:/run/x.sock",
        "//example.com/",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1\\@example.com/",
        "https:\\\\127.0.0.1/",
        "https:127.0.0.1",
        "https://127.0.0.1#@example.com/",
        "https://127.0.0.1?@example.com/",
        "https://example.com:22/",
        "https://example.com:25/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https:///",
        "https://",
        "",
        "   ",
        "example.com",
        "https://exa mple.com/",
        "https://[::1%25lo]/",
        "https://[fe80::1%25eth0]/",
        "https://1.2.3.4.5/",
        "https://256.1.1.1/",
        "https://0x/",
        "\thttps://127.0.0.1/\n",
        "https://127.0.0.1:443/",
        "https://127.0.0.1:8443/",
        "HTTPS://127.0.0.1/",
        "https://1\t27.0.0.1/",
        "https://127.0.\n0.1/",
    ];

    #[test]
    fn no_spelling_of_a_forbidden_address_passes() {
        assert!(FORBIDDEN.len() >= 60);
        for text in FORBIDDEN {
            let parsed = Target::parse(text, Reach::Public);
            assert!(parsed.is_err(), "{text} became {parsed:?}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for text in [
            "https://example.com/hook?x=1",
            "https://example.com:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://[64:ff9b::808:808]/",
            "https://[2002:808:808::1]/",
            "https://[::ffff:8.8.8.8]/",
            "https://münchen.example/",
            "https://172.15.0.1/",
            "https://172.32.0.1/",
            "https://100.63.255.255/",
            "https://100.128.0.1/",
        ] {
            assert!(Target::parse(text, Reach::Public).is_ok(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_name_is_checked_by_what_it_resolves_to() {
        // The system resolves this name to loopback, whatever else the network does.
        let mut target = Target::parse("https://example.com/", Reach::Public).unwrap();
        target.url.set_host(Some("localhost")).unwrap();
        let refused = target.resolve().await.unwrap_err();
        assert!(matches!(refused, Unresolved::Forbidden(Forbidden::Private(..))), "{refused}");
        target.reach = Reach::Private;
        assert!(target.resolve().await.unwrap().iter().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn a_private_endpoint_may_be_anywhere_but_not_anything() {
        assert!(Target::parse("http://127.0.0.1:9000/hook", Reach::Private).is_ok());
        assert!(Target::parse("http://localhost:25/hook", Reach::Private).is_ok());
        assert!(Target::parse("file:///etc/passwd", Reach::Private).is_err());
        assert!(Target::parse("http://user@localhost/", Reach::Private).is_err());
    }
}
