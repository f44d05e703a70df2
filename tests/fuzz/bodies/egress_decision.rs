//! If something would be connected to, it is granted and not inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use provisor::sandbox::egress::decision::destination;
use provisor::sandbox::egress::{Grant, Origin};

/// Panics where the promise does not hold.
pub fn hold(bytes: &[u8]) {
    let Some(Question { exempt, found, url }) = Question::read(bytes) else {
        return;
    };
    let mut grants = [
        "https://granted.example",
        "http://granted.example:8080",
        "http://127.0.0.1",
    ]
    .map(|origin| Grant::new(Origin::parse(origin).expect("an origin")));
    grants[0].path = "/rest".to_owned();
    let exempted = IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3));
    if exempt {
        grants[0].allow_private = vec![exempted.into()];
    }
    let Some(to) = destination(&url, &grants, &found) else {
        return;
    };
    let granted = grants.iter().find(|grant| grant.origin == to.origin);
    let granted = granted.expect("what is connected to is granted");
    assert!(granted.path == "/" || to.target.starts_with(&granted.path));
    assert!(!to.addresses.is_empty());
    for address in to.addresses {
        assert!(!is_inside(address) || (exempt && address == exempted));
        assert!(found.iter().any(|it| it.to_canonical() == address));
    }
}

/// What is surely not of the public internet, by another judge than the sandbox's.
pub fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast()
                || address.is_documentation()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

/// What the gates are asked.
struct Question {
    /// Whether one private address is allowed by name.
    exempt: bool,
    /// What a look-up of the name answers.
    found: Vec<IpAddr>,
    url: String,
}

impl Question {
    /// A byte for the exemption, how many addresses of four bytes and how many of sixteen; then
    /// those; the rest is the URL.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (&[exempt, short, long], rest) = bytes.split_first_chunk()?;
        let (short, rest) = rest.split_at_checked(4 * usize::from(short))?;
        let (long, url) = rest.split_at_checked(16 * usize::from(long))?;
        let (short, _) = short.as_chunks::<4>();
        let (long, _) = long.as_chunks::<16>();
        let short = short.iter().map(|octets| Ipv4Addr::from(*octets).into());
        let long = long.iter().map(|octets| Ipv6Addr::from(*octets).into());
        Some(Question {
            exempt: exempt & 1 == 1,
            found: short.chain(long).collect(),
            url: String::from_utf8_lossy(url).into_owned(),
        })
    }
}
