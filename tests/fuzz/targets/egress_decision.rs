//! If something would be connected to, it is granted and not inside.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use provisor_sandbox::egress::decision::destination;
use provisor_sandbox::egress::{Grant, Origin};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    url: &'a str,
    v4: Vec<[u8; 4]>,
    v6: Vec<[u16; 8]>,
    with_exemption: bool,
}

/// What is surely not of the public internet, by another judge than the sandbox's.
fn is_inside(address: IpAddr) -> bool {
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

fuzz_target!(|input: Input<'_>| {
    let mut grants = ["https://granted.example", "http://granted.example:8080", "http://127.0.0.1"]
        .map(|origin| Grant::new(Origin::parse(origin).expect("an origin")));
    grants[0].path = "/rest".to_owned();
    let exempt = Ipv4Addr::new(10, 1, 2, 3);
    if input.with_exemption {
        grants[0].allow_private = vec![IpAddr::V4(exempt).into()];
    }
    let found: Vec<IpAddr> = input
        .v4
        .into_iter()
        .map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
        .chain(input.v6.into_iter().map(|parts| IpAddr::V6(Ipv6Addr::from(parts))))
        .collect();
    let Some(to) = destination(input.url, &grants, &found) else {
        return;
    };
    let granted = grants.iter().find(|grant| grant.origin == to.origin);
    let granted = granted.expect("what is connected to is granted");
    assert!(granted.path == "/" || to.target.starts_with(&granted.path));
    for address in to.addresses {
        assert!(!is_inside(address) || (input.with_exemption && address == exempt));
        assert!(found.iter().any(|it| it.to_canonical() == address));
    }
});
