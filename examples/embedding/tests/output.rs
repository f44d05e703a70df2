//! The program says what its comments promise.

#[test]
fn the_embedding_program_ends_with_a_verified_operation() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_embedding"))
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    assert_eq!(text, include_str!("output.txt"));
}

#[test]
fn it_is_shorter_than_a_hundred_lines() {
    assert!(include_str!("../src/main.rs").lines().count() < 100);
}
