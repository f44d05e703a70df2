//! What a component can do wrong whatever its world is.
//!
//! The examples of this package are components that misbehave on purpose: each has one setting,
//! `{"misbehave": "NAME"}`, and behaves well without it. The tests of the sandbox run every name
//! and say which error it must end in.

use std::hint::black_box;
use std::io::{Read, Write};

/// The value of `misbehave` in the settings; empty when there is none.
pub fn wanted(settings: &str) -> String {
    let value = settings
        .split_once("\"misbehave\":")
        .map(|(_, rest)| rest.trim_start());
    let text = value
        .and_then(|rest| rest.strip_prefix('"'))
        .and_then(|rest| rest.split_once('"'));
    text.map_or_else(String::new, |(name, _)| name.to_owned())
}

/// Misbehaves if the name is one that has nothing to do with a world. What comes back is what a
/// component found out that should not have been told more than `refused`.
pub fn misbehave(name: &str) -> Option<String> {
    match name {
        "loop" => endless(),
        "sleep" => {
            std::thread::sleep(std::time::Duration::from_secs(3600));
            Some("slept".to_owned())
        }
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(black_box(vec![1; 1024 * 1024]));
            }
        }
        "stack" => Some(deep(black_box(u64::MAX)).to_string()),
        "calls" => Some(ackermann(black_box(4), black_box(2)).to_string()),
        "panic" => panic!("the guest lost its head over {}", black_box("nothing")),
        "abort" => std::process::abort(),
        "exit" => std::process::exit(3),
        "output-flood" => {
            let line = [b'x'; 4096];
            loop {
                let _refused = std::io::stdout().write_all(&line);
            }
        }
        "output" => {
            let _refused = writeln!(std::io::stdout(), "to \u{1b}[31mstandard output");
            let _refused = write!(std::io::stderr(), "to standard error");
            panic!("so that the log is shown");
        }
        "files" => Some(files()),
        "sockets" => Some(sockets()),
        "environment" => Some(environment()),
        _ => None,
    }
}

/// Runs for ever.
pub fn endless() -> ! {
    let mut number = 0_u64;
    loop {
        number = black_box(number.wrapping_add(1));
    }
}

/// Recurses without needing any memory, so that it is the machine's own stack that ends.
fn ackermann(m: u64, n: u64) -> u64 {
    match (m, n) {
        (0, _) => n + 1,
        (_, 0) => ackermann(m - 1, 1),
        _ => ackermann(m - 1, ackermann(m, n - 1)),
    }
}

/// Recurses with variables that have addresses: compilers keep those on a stack in memory.
fn deep(level: u64) -> u64 {
    let room = black_box([level; 64]);
    if level == 0 {
        0
    } else {
        deep(level - 1).wrapping_add(room[(level % 64) as usize])
    }
}

fn files() -> String {
    let told = [
        std::fs::File::open("/etc/passwd").is_ok(),
        std::fs::File::create("/tmp/from-a-guest").is_ok(),
        std::fs::File::open("../secret").is_ok(),
        std::fs::read_dir("/").is_ok(),
        std::fs::remove_file("/etc/hosts").is_ok(),
        std::fs::create_dir("here").is_ok(),
    ];
    format!("files {told:?}")
}

fn sockets() -> String {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
    let told = [
        std::net::TcpStream::connect(address).is_ok(),
        std::net::TcpListener::bind(address).is_ok(),
        std::net::UdpSocket::bind(address).is_ok(),
    ];
    format!("sockets {told:?}")
}

fn environment() -> String {
    let variables: Vec<_> = std::env::vars().collect();
    let arguments: Vec<_> = std::env::args().collect();
    let mut input = Vec::new();
    let read = std::io::stdin().read_to_end(&mut input).unwrap_or(0);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let instant = std::time::Instant::now().elapsed();
    let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 1);
    format!("{variables:?} {arguments:?} {read} {time:?} {instant:?} {random}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_found() {
        assert_eq!(wanted(r#"{ "misbehave": "loop" }"#), "loop");
        assert_eq!(wanted("{}"), "");
    }
}
