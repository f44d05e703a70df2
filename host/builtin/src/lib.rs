//! The components that come with Provisor, as bytes: whoever has the program has them.
//!
//! They are made from the folder `guests` when this crate is built, for `wasm32-wasip2` whatever the
//! program itself is built for. A component that a program does not name is not in it.
//!
//! ```
//! assert!(provisor_builtin::by_name("csv").is_some());
//! assert!(provisor_builtin::by_name("xml").is_none());
//! ```

/// Includes a component that the build script has made.
macro_rules! component {
    ($file:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $file, ".wasm"))
    };
}

/// Reads accounts from delimited text. World `reader`.
pub const CSV: &[u8] = component!("csv");

/// Computes attributes with CEL expressions. World `mapping`.
pub const CEL_MAPPING: &[u8] = component!("cel_mapping");

/// Decides by rules with CEL conditions. World `policy`.
pub const CEL_POLICY: &[u8] = component!("cel_policy");

/// Keeps tickets in Jira Cloud or Jira Data Center. World `ticketing`.
pub const JIRA: &[u8] = component!("jira");

/// Keeps tickets in BMC Remedy or Helix ITSM. World `ticketing`.
pub const REMEDY: &[u8] = component!("remedy");

/// Keeps tickets in Request Tracker 5. World `ticketing`.
pub const REQUEST_TRACKER: &[u8] = component!("request_tracker");

/// Keeps tickets in OpenText Service Manager. World `ticketing`.
pub const SERVICE_MANAGER: &[u8] = component!("service_manager");

/// Keeps tickets in ServiceNow. World `ticketing`.
pub const SERVICENOW: &[u8] = component!("servicenow");

/// All of them by name, in the order of the names.
const ALL: [(&str, &[u8]); 8] = [
    ("cel-mapping", CEL_MAPPING),
    ("cel-policy", CEL_POLICY),
    ("csv", CSV),
    ("jira", JIRA),
    ("remedy", REMEDY),
    ("request-tracker", REQUEST_TRACKER),
    ("service-manager", SERVICE_MANAGER),
    ("servicenow", SERVICENOW),
];

/// A component by its name.
pub fn by_name(name: &str) -> Option<&'static [u8]> {
    let found = ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, bytes)| bytes)
}

/// The names, in order.
pub fn names() -> Vec<&'static str> {
    ALL.into_iter().map(|(name, _)| name).collect()
}

/// Components for the tests and benchmarks of whoever runs components.
#[cfg(feature = "hostile")]
pub mod hostile {
    /// Reads every line as an account, and misbehaves as its setting `misbehave` says.
    pub const READER: &[u8] = component!("reader");

    /// Gives everybody an account, and misbehaves as its setting `misbehave` says.
    pub const MAPPING: &[u8] = component!("mapping");

    /// Allows everything, and misbehaves as its setting `misbehave` says.
    pub const POLICY: &[u8] = component!("policy");

    /// Sends what its settings say, and misbehaves as its setting `misbehave` says.
    pub const TICKETING: &[u8] = component!("ticketing");

    /// Never comes to an end of describing itself.
    pub const ENDLESS_DESCRIPTION: &[u8] = component!("endless_description");

    /// A plain mapping of four inputs to three outputs, which benchmarks compare with others.
    pub const PLAIN_MAPPING: &[u8] = component!("plain_mapping");

    /// A mapping called `names` in three versions: the second one calls people with long names
    /// otherwise and breaks down over some, the third one wants other settings.
    pub const NAMES: [&[u8]; 3] = [
        component!("names_1"),
        component!("names_2"),
        component!("names_3"),
    ];

    /// A policy called `rules` in two versions, of which the second one decides otherwise and breaks
    /// down over some.
    pub const RULES: [&[u8]; 2] = [component!("rules_1"), component!("rules_2")];
}

/// Components that behave well until somebody writes a flaw into their bytes, for the tests of the
/// conformance suite.
#[cfg(feature = "offenders")]
pub mod offenders {
    /// Gives everybody a login, a name and groups.
    pub const MAPPING: &[u8] = component!("offending_mapping");

    /// Holds deletes when there were many.
    pub const POLICY: &[u8] = component!("offending_policy");
    /// Reads logins, names and groups.
    pub const READER: &[u8] = component!("offending_reader");
    /// Keeps slips.
    pub const TICKETING: &[u8] = component!("offending_ticketing");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_component() {
        for name in names() {
            let bytes = by_name(name).unwrap();
            // The magic number of WebAssembly, and the version and layer of a component.
            assert!(
                bytes.starts_with(b"\0asm\x0d\0\x01\0"),
                "{name} is no component"
            );
        }
    }
}
