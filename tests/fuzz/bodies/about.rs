//! What a component says of itself, in its section: any bytes are judged, and what is accepted is what they say.

use provisor::sandbox::inspect;

/// What stands on the outside of a mapping: an empty instance, exported twice.
const OUTSIDE: &[u8] = b"\
    \x05\x03\x01\x01\x00\
    \x0b\x4c\x02\
    \x01\x1eprovisor:connector/about@0.1.0\x05\x00\x00\
    \x01\x23provisor:connector/evaluation@0.1.0\x05\x00\x00";

/// Panics where the promise does not hold.
pub fn hold(section: &[u8]) {
    let found = inspect(&component(section));
    match found {
        Ok(found) => {
            let told: serde_json::Value =
                serde_json::from_slice(section).expect("what is accepted is JSON");
            assert_eq!(told["name"], found.about.name.as_str());
            assert_eq!(told["version"], found.about.version.as_str());
            assert_eq!(told["settings-schema"], found.about.settings_schema);
            assert_eq!(told["world"], "mapping");
        }
        Err(error) => assert_eq!(error.code(), "component-about", "{error}"),
    }
}

/// A mapping on its outside, with this section.
pub fn component(section: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"provisor:about";
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    bytes.extend(OUTSIDE);
    bytes.push(0);
    length(1 + NAME.len() + section.len(), &mut bytes);
    length(NAME.len(), &mut bytes);
    bytes.extend(NAME);
    bytes.extend(section);
    bytes
}

/// A number as WebAssembly writes lengths (LEB128).
fn length(mut number: usize, bytes: &mut Vec<u8>) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}
