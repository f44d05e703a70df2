//! An origin that was read is read again as itself, is found by another parser at the same host,
//! and covers no URL of another one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provisor_sandbox::egress::decision::destination;
use provisor_sandbox::egress::{Grant, Origin};

fuzz_target!(|texts: (&str, &str)| {
    let (granted, asked) = texts;
    let Ok(origin) = Origin::parse(granted) else {
        return;
    };
    assert_eq!(Origin::parse(&origin.to_string()), Ok(origin.clone()));
    let public = ["93.184.216.34".parse().expect("an address")];
    if let Some(to) = destination(asked, &[Grant::new(origin.clone())], &public) {
        assert_eq!(to.origin, origin);
        let parsed = url::Url::parse(asked).expect("another parser reads it too");
        assert_eq!(parsed.scheme(), origin.scheme().as_str());
        assert_eq!(parsed.port_or_known_default(), Some(origin.port()));
    }
});
