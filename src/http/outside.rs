//! What is outside: the addresses of the public internet, and names that may lead nowhere else.
//!
//! An address that a shop's data holds is a stranger's, and it must not make us call the machines next door: neither by
//! an address that is theirs, nor by a public name that leads to one. What a name leads to is looked at where the
//! connection is made, so that no second look-up can say something else. Through a proxy it is the proxy that looks the
//! name up, and what it may call is its own to say.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

/// Who says where a name leads.
pub(super) trait Names: Send + Sync {
    fn look_up(&self, name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// As the machine is set up.
pub(super) struct SystemNames;

impl Names for SystemNames {
    fn look_up(&self, name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A name leads to machines next door alone.
#[derive(Debug)]
pub(super) struct Inward;

impl fmt::Display for Inward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its name leads to an address that is not of the public internet")
    }
}

impl std::error::Error for Inward {}

impl Inward {
    /// Whether this is why a call failed.
    pub(super) fn is_cause_of(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(|cause| cause.is::<Self>())
    }
}

/// Looks names up, and keeps from strangers' names what is not public. Other names are those of proxies, which may well
/// be next door.
#[derive(Clone)]
pub(super) struct Outward {
    names: Arc<dyn Names>,
    strangers: Arc<Mutex<HashSet<String>>>,
}

impl Outward {
    pub(super) fn new(names: Arc<dyn Names>) -> Self {
        Self { names, strangers: Arc::default() }
    }

    /// From now on the name is one that a stranger gave.
    pub(super) fn suspect(&self, host: &str) {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if !strangers.contains(host) {
            strangers.insert(host.to_owned());
        }
    }
}

impl Resolve for Outward {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let strange = self.strangers.lock().unwrap_or_else(PoisonError::into_inner).contains(&name);
        let found = self.names.look_up(name);
        Box::pin(async move {
            let mut found = found.await?;
            if strange {
                let any = !found.is_empty();
                found.retain(|ip| is_public_address(*ip));
                if any && found.is_empty() {
                    return Err(Inward.into());
                }
            }
            let found: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(found)
        })
    }
}

/// Whether a host may be somebody else's than ours. Names that are never public are refused before they are looked up.
pub(super) fn is_public(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let inner = ["localhost", "local", "internal", "lan", "home", "intranet", "arpa"];
            name.contains('.') && !inner.iter().any(|end| name == *end || name.ends_with(&format!(".{end}")))
        }
        Host::Ipv4(ip) => is_public_address(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_public_address(IpAddr::V6(*ip)),
    }
}

/// Whether anybody can have this address, by the registries of special-purpose addresses (RFC 6890 and what came after).
pub(super) fn is_public_address(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            let own = ip.is_private() || ip.is_loopback() || ip.is_link_local() || first == 0;
            // Of providers, shared by their customers (RFC 6598); of protocols (RFC 6890); of measurements (RFC 2544).
            let shared = first == 100 && (64..128).contains(&second);
            let protocol = (first, second, third) == (192, 0, 0);
            let measured = first == 198 && matches!(second, 18 | 19);
            // Broadcast, and what was kept for a future that did not come.
            let reserved = first >= 240;
            !(own || shared || protocol || measured || reserved || ip.is_multicast() || ip.is_documentation())
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            // Unique local (RFC 4193), link-local, and what was called site-local.
            let own = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 || first & 0xffc0 == 0xfec0;
            let documented = (first, second) == (0x2001, 0x0db8);
            let none = ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
            !(none || own || documented) && within(ip).is_none_or(|four| is_public_address(IpAddr::V4(four)))
        }
    }
}

/// The IPv4 address that an IPv6 address stands for, where it does.
fn within(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let four = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        // Mapped, translated by a local prefix or not, and the old "compatible" ones.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(four(high, low)),
        // NAT64 (RFC 6052, 8215), 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 1, _, _, _, high, low] => Some(four(high, low)),
        [0x2002, high, low, ..] => Some(four(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn public(address: &str) -> bool {
        Url::parse(address).unwrap().host().is_some_and(|host| is_public(&host))
    }

    #[test]
    fn nobody_makes_us_call_the_machines_next_door() {
        let good = [
            "https://cdn.example.com/a.png",
            "https://8.8.8.8/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://[2001:4860:4860::8888]/",
            "https://[::ffff:8.8.8.8]/",
            "https://[64:ff9b::808:808]/",
        ];
        for good in good {
            assert!(public(good), "{good}");
        }
        for bad in [
            "https://localhost/",
            "https://printer/",
            "https://nas.local/",
            "https://NAS.local./",
            "https://db.internal/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://10.1.2.3/",
            "https://192.168.1.1/",
            "https://172.16.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://0.1.2.3/",
            "https://192.0.0.8/",
            "https://198.18.0.1/",
            "https://224.0.0.1/",
            "https://240.0.0.1/",
            "https://255.255.255.255/",
            "https://[::]/",
            "https://[::1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[fec0::1]/",
            "https://[ff02::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::1]/",
        ] {
            assert!(!public(bad), "{bad}");
        }
    }

    /// Names with the addresses they lead to.
    struct Table(&'static str, Vec<IpAddr>);

    impl Names for Table {
        fn look_up(&self, name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
            let found = if name == self.0 { self.1.clone() } else { Vec::new() };
            Box::pin(async move { Ok(found) })
        }
    }

    async fn led(outward: &Outward, name: &str) -> Result<Vec<String>, bool> {
        match outward.resolve(name.parse().unwrap()).await {
            Ok(found) => Ok(found.map(|address| address.ip().to_string()).collect()),
            Err(why) => Err(Inward::is_cause_of(&*why)),
        }
    }

    #[tokio::test]
    async fn of_a_strangers_name_only_what_is_public_is_left() {
        let all = ["127.0.0.1", "8.8.8.8", "10.0.0.1", "::1", "2001:4860::1"].map(|ip| ip.parse().unwrap());
        let outward = Outward::new(Arc::new(Table("cdn.example.com", all.to_vec())));
        assert_eq!(led(&outward, "cdn.example.com").await.unwrap().len(), 5, "a proxy may be next door");
        outward.suspect("cdn.example.com");
        assert_eq!(led(&outward, "cdn.example.com").await.unwrap(), ["8.8.8.8", "2001:4860::1"]);
        assert_eq!(led(&outward, "other.example.com").await.unwrap(), Vec::<String>::new());
        let outward = Outward::new(Arc::new(Table("cdn.example.com", vec!["169.254.169.254".parse().unwrap()])));
        outward.suspect("cdn.example.com");
        assert_eq!(led(&outward, "cdn.example.com").await, Err(true));
    }

    proptest! {
        /// However an address is dressed up, it is what it is.
        #[test]
        fn a_mapped_address_is_what_it_maps(bits in any::<u32>()) {
            let four = Ipv4Addr::from(bits);
            let public = is_public_address(IpAddr::V4(four));
            prop_assert_eq!(is_public_address(IpAddr::V6(four.to_ipv6_mapped())), public);
            let [high, low] = [(bits >> 16) as u16, bits as u16];
            let nat = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
            prop_assert_eq!(is_public_address(IpAddr::V6(nat)), public);
        }
    }
}
