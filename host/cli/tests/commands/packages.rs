//! Components that travel: signed, verified, exported and imported, as they are typed.

use insta::assert_snapshot;

use crate::desk::Desk;

/// The keys of two people, from RFC 8032, section 7.1, tests 1 and 2.
const KEYS: [(&str, &str, &str); 2] = [
    (
        "alice",
        "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    ),
    (
        "bob",
        "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    ),
];

/// `alice.key` and `bob.key` are keys, `c.wasm` is a component, `report.json` the report of its
/// conformance.
pub fn desk() -> Desk {
    let desk = Desk::empty();
    let component = provisor_builtin::by_name("cel-policy").expect("a built-in component");
    desk.write("c.wasm", component);
    desk.write("report.json", r#"{"format": "a report"}"#);
    for (name, key, _) in KEYS {
        let text = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
        desk.write(&format!("{name}.key"), text);
    }
    desk
}

/// Somebody's key, as `--key` takes it.
pub fn known(name: &str) -> String {
    let (_, _, public) = KEYS
        .into_iter()
        .find(|(known, ..)| *known == name)
        .expect("a key");
    format!("{name}={public}")
}

/// A configuration that trusts these people by these rules.
fn trust(desk: &Desk, rules: &str) {
    let keys = KEYS.map(|(name, _, public)| format!("keys.{name} = {public:?}\n"));
    let text = format!("[components.trust]\n{}{rules}", keys.concat());
    desk.write("provisor.toml", text);
}

#[test]
fn a_component_is_signed_and_verified() {
    let mut desk = desk();
    desk.type_in("component key new alice.key");
    desk.type_in("component key new carol.key");
    desk.type_in("component key show carol.key");
    desk.type_in("component sign c.wasm --key alice.key --name alice");
    desk.type_in("component sign c.wasm --key alice.key");
    desk.type_in("component sign c.wasm --key bob.key --out c.wasm.2.sig");
    desk.type_in("component sign report.json --key bob.key");
    desk.type_in("component verify c.wasm");
    trust(
        &desk,
        "[[components.trust.rule]]\nall-of = [\"bob\"]\n[[components.trust.rule]]\nany-of = [\"alice\", \"bob\"]\nat-least = 2\n",
    );
    desk.type_in("component verify c.wasm");
    desk.type_in("component verify c.wasm --signature c.wasm.sig --signature c.wasm.2.sig");
    desk.type_in(
        "--json component verify c.wasm --signature c.wasm.2.sig --signature report.json.sig",
    );
    desk.type_in("component verify report.json");
    assert_snapshot!(desk.transcript());
}

#[test]
fn what_is_not_vouched_for_is_not_trusted() {
    let mut desk = desk();
    desk.quietly("component sign c.wasm --key alice.key --name alice");
    let with_bob = format!("component verify c.wasm --key {}", known("bob"));
    desk.type_in(&with_bob);
    desk.type_in(&format!("--json {with_bob}"));
    desk.write("c.wasm", b"\0asm, but another one");
    let alice = known("alice");
    desk.type_in(&format!("component verify c.wasm --key {alice}"));
    desk.type_in("component verify c.wasm --key alice=d75a");
    desk.type_in("component verify c.wasm --key alice");
    desk.write("note.txt", "nothing");
    desk.type_in("component sign note.txt --key alice.key");
    desk.type_in("component sign c.wasm --key note.txt");
    desk.type_in(&format!(
        "component verify c.wasm --signature note.txt --key {alice}"
    ));
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_component_goes_through_a_layout_with_its_signatures() {
    let mut desk = desk();
    desk.quietly("component sign c.wasm --key alice.key");
    desk.type_in("component export c.wasm --to layout.tar --signature c.wasm.sig");
    desk.type_in("component export c.wasm --to layout --signature c.wasm.sig");
    desk.type_in("component export c.wasm --to layout --signature c.wasm.sig");
    desk.type_in("component import layout.tar --to back.wasm");
    desk.type_in("component import layout --to back.wasm");
    let alice = known("alice");
    desk.type_in(&format!("component verify back.wasm --key {alice}"));
    let (sent, back) = (desk.path("c.wasm"), desk.path("back.wasm"));
    assert!(std::fs::read(sent).expect("read") == std::fs::read(back).expect("read"));
    desk.type_in("component export report.json --to other");
    desk.type_in("component import report.json --to other.wasm");
    desk.type_in("component import layout --to other.wasm --digest d75a");
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_layout_that_was_changed_gives_nothing() {
    let desk = desk();
    desk.quietly("component export c.wasm --to layout");
    let blobs = desk.path("layout/blobs/sha256");
    let largest = std::fs::read_dir(&blobs)
        .expect("a folder")
        .map(|entry| entry.expect("a blob").path())
        .max_by_key(|file| std::fs::metadata(file).expect("a file").len())
        .expect("blobs");
    let mut bytes = std::fs::read(&largest).expect("read");
    bytes[100] ^= 1;
    std::fs::write(&largest, bytes).expect("written");
    let mut desk = desk;
    desk.type_in("--json component import layout --to back.wasm");
    assert!(!desk.path("back.wasm").exists());
    assert!(
        desk.transcript().contains("oci-changed"),
        "{}",
        desk.transcript()
    );
}
