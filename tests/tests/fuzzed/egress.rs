//! The gates of egress, asked about URLs and addresses made for them: most bytes come no further than to the first.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use provisor::sandbox::egress::decision::destination;
use provisor::sandbox::egress::{Grant, IpNet, Origin};

use super::egress_decision::is_inside;

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits))),
        // Most of all addresses are public; those that matter need some help.
        (0..=255_u8, any::<[u8; 3]>()).prop_map(|(a, [b, c, d])| {
            let first = [10, 127, 169, 172, 192, 100, 198, 224, 0][usize::from(a) % 9];
            IpAddr::V4(Ipv4Addr::new(first, b, c, d))
        }),
        any::<u32>().prop_map(|bits| IpAddr::V6(Ipv4Addr::from(bits).to_ipv6_mapped())),
    ]
}

/// Spellings of hosts, some of them of the one that is granted, with all that may stand around.
fn urls() -> impl Strategy<Value = String> {
    let schemes = prop_oneof![
        Just("http"),
        Just("https"),
        Just("HTTPS"),
        Just("ftp"),
        Just("")
    ];
    let before = prop_oneof![Just(""), Just("user@"), Just("granted.example@"), Just("@")];
    let hosts = prop_oneof![
        Just("granted.example".to_owned()),
        Just("GRANTED.example.".to_owned()),
        Just("granted.example.evil.example".to_owned()),
        Just("granted.example\\evil.example".to_owned()),
        Just("evil.example#granted.example".to_owned()),
        any::<u32>().prop_map(|number| number.to_string()),
        any::<u32>().prop_map(|number| format!("0x{number:x}")),
        any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("{a:#o}.{b}.{c}.{d}")),
        any::<u128>().prop_map(|bits| format!("[{}]", Ipv6Addr::from(bits))),
        "[a-z.%@:/\\\\\u{3002}\u{2460}0-9]{0,20}",
    ];
    let ports = prop_oneof![
        Just(""),
        Just(":443"),
        Just(":80"),
        Just(":8443"),
        Just(":")
    ];
    let paths = prop_oneof![
        Just("/rest/a".to_owned()),
        Just("/rest/../x".to_owned()),
        "/rest/[a-z.%/;2eEfF5cC]{0,12}",
        "[/?#a-z.%]{0,8}",
    ];
    (schemes, before, hosts, ports, paths).prop_map(|(scheme, before, host, port, path)| {
        format!("{scheme}://{before}{host}{port}{path}")
    })
}

fn grant(origin: &str, path: &str, allowed: &[&str]) -> Grant {
    let mut grant = Grant::new(Origin::parse(origin).expect("an origin"));
    grant.path = path.to_owned();
    grant.allow_private = allowed
        .iter()
        .map(|it| it.parse().expect("a network"))
        .collect();
    grant
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_would_be_connected_to_is_granted_and_public(
        url in urls(),
        found in proptest::collection::vec(addresses(), 0..4),
    ) {
        let grants = [
            grant("https://granted.example", "/rest", &[]),
            grant("http://127.0.0.1:8443", "/", &[]),
        ];
        if let Some(to) = destination(&url, &grants, &found) {
            prop_assert!(grants.iter().any(|grant| grant.origin == to.origin), "{}", url);
            prop_assert!(!to.addresses.is_empty());
            for address in &to.addresses {
                prop_assert!(!is_inside(*address), "{} to {}", url, address);
                prop_assert!(found.iter().any(|it| it.to_canonical() == *address));
            }
            prop_assert!(to.target.starts_with("/rest"), "{}", to.target);
            // Another parser finds the same host.
            let other = url::Url::parse(&url).unwrap();
            let other = other.host_str().unwrap().trim_end_matches('.').to_owned();
            prop_assert_eq!(other, "granted.example");
        }
    }

    #[test]
    fn a_range_lets_through_no_address_outside_of_it(address in addresses()) {
        let range = "10.1.0.0/16";
        let grants = [grant("https://granted.example", "/", &[range])];
        let to = destination("https://granted.example/", &grants, &[address]);
        if to.is_some() && is_inside(address) {
            let inside: IpNet = range.parse().unwrap();
            prop_assert!(inside.contains(&address.to_canonical()), "{}", address);
        }
    }

    #[test]
    fn an_origin_that_was_read_is_read_again_as_itself(text in urls()) {
        if let Ok(origin) = Origin::parse(&text) {
            prop_assert_eq!(Origin::parse(&origin.to_string()), Ok(origin));
        }
    }
}
