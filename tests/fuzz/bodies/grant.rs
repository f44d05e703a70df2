//! An origin that was read is read again as itself, and as a grant it covers no URL of another one.

use provisor::sandbox::egress::decision::destination;
use provisor::sandbox::egress::{Grant, Origin};
use url::Url;

/// Panics where the promise does not hold. The bytes are the origin that is granted and the URL that is
/// asked for, with a line end between them.
pub fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Some((granted, asked)) = text.split_once('\n') else {
        return;
    };
    let Ok(origin) = Origin::parse(granted) else {
        return;
    };
    assert_eq!(Origin::parse(&origin.to_string()), Ok(origin.clone()));
    let public = ["93.184.216.34".parse().expect("an address")];
    let Some(to) = destination(asked, &[Grant::new(origin.clone())], &public) else {
        return;
    };
    assert_eq!(to.origin, origin);
    let (asked, granted) = (Url::parse(asked), Url::parse(&origin.to_string()));
    let (asked, granted) = (asked.expect("a URL"), granted.expect("a URL"));
    assert_eq!(asked.scheme(), granted.scheme());
    assert_eq!(
        asked.port_or_known_default(),
        granted.port_or_known_default()
    );
    // An IPv4 address in the clothes of IPv6 is itself.
    let host = |url: &Url| match url.host().expect("a host") {
        url::Host::Ipv4(address) => address.to_string(),
        url::Host::Ipv6(address) => address.to_canonical().to_string(),
        url::Host::Domain(name) => name.trim_end_matches('.').to_owned(),
    };
    assert_eq!(host(&asked), host(&granted));
}
