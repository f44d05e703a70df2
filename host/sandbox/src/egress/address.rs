//! Which addresses may be connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Those of the addresses of a name that may be connected to.
///
/// # Errors
/// When there is none: the last of those that may not be, if there was any, and what it is for.
pub(crate) fn admit(
    found: impl IntoIterator<Item = IpAddr>,
    allowed: &[IpNet],
) -> Result<Vec<IpAddr>, Option<(IpAddr, &'static str)>> {
    let mut refused = None;
    let mut good = Vec::new();
    for address in found {
        let address = address.to_canonical();
        match check(address, allowed) {
            Ok(()) => good.push(address),
            Err(purpose) => refused = Some((address, purpose)),
        }
    }
    match good.is_empty() {
        true => Err(refused),
        false => Ok(good),
    }
}

/// Whether an address may be connected to: one of the public internet, or one in a range that the
/// grant names.
///
/// # Errors
/// What the address is for instead.
pub(crate) fn check(address: IpAddr, allowed: &[IpNet]) -> Result<(), &'static str> {
    let address = address.to_canonical();
    let Some(purpose) = purpose(address) else {
        return Ok(());
    };
    // Nobody listens there, so no range can mean it.
    let nobody = address.is_multicast() || address.is_unspecified();
    match !nobody && allowed.iter().any(|range| range.contains(&address)) {
        true => Ok(()),
        false => Err(purpose),
    }
}

/// What an address is for, when that is something else than the public internet (the registries
/// of special-purpose addresses, RFC 6890 and what came after it).
fn purpose(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => purpose_v4(address),
        IpAddr::V6(address) => purpose_v6(address),
    }
}

fn purpose_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, _, _) => "unspecified",
        (10, _, _) | (172, 16..=31, _) | (192, 168, _) => "private",
        (100, 64..=127, _) => "shared among the customers of a carrier",
        (127, _, _) => "loopback",
        (169, 254, _) => "link-local, where clouds tell their secrets",
        (192, 0, 0) => "reserved for protocols",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "for documentation",
        (192, 88, 99) => "a relay of 6to4",
        (198, 18..=19, _) => "for benchmarks",
        (224..=239, _, _) => "multicast",
        (240..=255, _, _) => "reserved",
        _ => return None,
    })
}

fn purpose_v6(address: Ipv6Addr) -> Option<&'static str> {
    let [a, b, c, d, e, f, _, _] = address.segments();
    Some(match (a, b, c) {
        _ if address.is_unspecified() => "unspecified",
        _ if address.is_loopback() => "loopback",
        (0x0064, 0xff9b, _) => "a translation to IPv4 (NAT64)",
        (0, 0, 0) if (d, e) == (0, 0) || (d, e, f) == (0, 0xffff, 0) => "IPv4 in IPv6",
        (0xfc00..=0xfdff, _, _) => "private",
        (0xfe80..=0xfebf, _, _) => "link-local",
        (0xfec0..=0xfeff, _, _) => "site-local",
        (0xff00..=0xffff, _, _) => "multicast",
        (0x2001, 0x0db8, _) | (0x3fff, 0x0000..=0x0fff, _) => "for documentation",
        (0x2001, 0x0002, 0) => "for benchmarks",
        (0x2001, 0x0000, _) => "a tunnel to IPv4 (Teredo)",
        (0x2001, 0x0001..=0x01ff, _) => "reserved for protocols",
        (0x2002, _, _) => "a tunnel to IPv4 (6to4)",
        // Nothing else is handed out to anybody.
        (0x2000..=0x3fff, _, _) => return None,
        _ => "reserved",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purpose_of(text: &str) -> Option<&'static str> {
        check(text.parse().unwrap(), &[]).err()
    }

    #[test]
    fn addresses_of_the_public_internet_may_be_connected_to() {
        for public in [
            "1.1.1.1",
            "93.184.216.34",
            "172.32.0.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert_eq!(purpose_of(public), None, "{public}");
        }
    }

    #[test]
    fn every_other_range_is_known_for_what_it_is() {
        for (address, purpose) in [
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("10.255.0.1", "private"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "shared among the customers of a carrier"),
            ("127.0.0.53", "loopback"),
            (
                "169.254.169.254",
                "link-local, where clouds tell their secrets",
            ),
            ("192.0.2.1", "for documentation"),
            ("192.88.99.1", "a relay of 6to4"),
            ("198.19.0.1", "for benchmarks"),
            ("239.1.1.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:10.0.0.1", "private"),
            ("::127.0.0.1", "IPv4 in IPv6"),
            ("64:ff9b::7f00:1", "a translation to IPv4 (NAT64)"),
            ("64:ff9b:1::7f00:1", "a translation to IPv4 (NAT64)"),
            ("fd00:ec2::254", "private"),
            ("fe80::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("2001:db8::1", "for documentation"),
            ("3fff:123::1", "for documentation"),
            ("2001:2::1", "for benchmarks"),
            ("2001::1", "a tunnel to IPv4 (Teredo)"),
            ("2001:10::1", "reserved for protocols"),
            ("2002:7f00:1::", "a tunnel to IPv4 (6to4)"),
            ("4000::1", "reserved"),
            ("5f00::1", "reserved"),
        ] {
            assert_eq!(purpose_of(address), Some(purpose), "{address}");
        }
    }

    #[test]
    fn a_range_that_is_named_lets_its_own_addresses_through_and_no_others() {
        let ranges: Vec<IpNet> = ["10.1.0.0/16", "fd00::/8"]
            .map(|range| range.parse().unwrap())
            .to_vec();
        let allowed = |text: &str| check(text.parse().unwrap(), &ranges).is_ok();
        assert!(allowed("10.1.2.3") && allowed("::ffff:10.1.2.3") && allowed("fd12::1"));
        assert!(!allowed("10.2.0.1") && !allowed("127.0.0.1") && !allowed("fe80::1"));
        let everything: IpNet = "0.0.0.0/0".parse().unwrap();
        assert!(check("224.0.0.1".parse().unwrap(), &[everything]).is_err());
        assert!(check("0.0.0.0".parse().unwrap(), &[everything]).is_err());
    }
}
