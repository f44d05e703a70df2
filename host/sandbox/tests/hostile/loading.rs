//! Components that are not accepted, and those who compile them.

use std::path::PathBuf;
use std::time::Duration;

use provisor_builtin::hostile;
use provisor_sandbox::{
    Call, Compiler, LoadError, LoadLimits, Sandbox, SandboxConfig, World, inspect,
};

use crate::fixture::{ALLOCATIONS, Zoo, people};

fn sandbox(change: impl FnOnce(&mut SandboxConfig)) -> Sandbox {
    let mut config = SandboxConfig::default();
    change(&mut config);
    Sandbox::new(config).unwrap()
}

async fn refused(sandbox: &Sandbox, bytes: &[u8]) -> LoadError {
    sandbox
        .load(bytes)
        .await
        .expect_err("it must not be accepted")
}

/// A component of world `mapping` on its outside, with these lines in it.
fn outside(lines: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            {lines}
            (instance $nothing)
            (export "provisor:connector/about@0.1.0" (instance $nothing))
            (export "provisor:connector/evaluation@0.1.0" (instance $nothing)))"#
    );
    wat::parse_str(text).unwrap()
}

/// The bytes with each occurrence of a text replaced by another of the same length.
fn patched(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(from.len())
        .position(|it| it == from.as_bytes())
    {
        bytes[at + found..at + found + from.len()].copy_from_slice(to.as_bytes());
        at += found + to.len();
    }
    bytes
}

#[test]
fn inspecting_tells_what_a_component_is_without_running_it() {
    let found = inspect(hostile::ENDLESS_DESCRIPTION).unwrap();
    assert_eq!(
        (found.world, found.about.name.as_str()),
        (World::Policy, "endless")
    );
    assert_eq!(found.size, hostile::ENDLESS_DESCRIPTION.len());
    assert!(
        found
            .exports
            .iter()
            .any(|name| name == "provisor:connector/decisions@0.1.0")
    );
}

#[test]
fn inspecting_whatever_comes_gives_an_answer() {
    let good = hostile::POLICY;
    for at in 0..2_000 {
        let mut bytes = good.to_vec();
        // The outside of a component stands at its beginning and at its end.
        let place = if at % 2 == 0 { at } else { good.len() - at };
        bytes[place] ^= 1 << (at % 8);
        let found = inspect(&bytes);
        assert_eq!(found, inspect(&bytes));
        if let Ok(found) = found {
            assert!(place >= 8, "the first bytes say that it is a component");
            assert_ne!(found.digest, inspect(good).unwrap().digest);
        }
    }
}

#[tokio::test]
async fn an_import_that_is_not_offered_is_refused_by_name() {
    let sandbox = sandbox(|_| {});
    for import in [
        "wasi:http/outgoing-handler@0.2.0",
        "provisor:connector/input@0.1.0",
        "provisor:connector/settings@0.2.0",
        "wasi:io/streams@0.3.0",
        "acme:tools/shell@1.0.0",
    ] {
        let bytes = outside(&format!(r#"(import "{import}" (instance))"#));
        let error = refused(&sandbox, &bytes).await;
        assert_eq!(error.code(), "component-import");
        let text = error.to_string();
        assert!(text.contains(&format!("imports {import},")), "{text}");
        assert!(text.contains("provisor:connector/settings@0.1.0"), "{text}");
    }
}

#[tokio::test]
async fn what_is_no_component_of_the_contract_is_refused() {
    let sandbox = sandbox(|config| config.load_limits.size = 300_000);
    let module = wat::parse_str("(module)").unwrap();
    assert_eq!(refused(&sandbox, &module).await, LoadError::CoreModule);
    assert_eq!(
        refused(&sandbox, b"\x7fELF and so on").await,
        LoadError::Precompiled
    );
    assert_eq!(
        refused(&sandbox, b"(component)").await.code(),
        "component-invalid"
    );
    let empty = wat::parse_str("(component)").unwrap();
    assert_eq!(refused(&sandbox, &empty).await.code(), "component-no-world");
    assert_eq!(
        refused(&sandbox, &outside("")).await.code(),
        "component-about"
    );
    let large = refused(&sandbox, &vec![0; 300_001]).await;
    assert_eq!(
        large,
        LoadError::TooLarge {
            size: 300_001,
            limit: 300_000
        }
    );
}

#[tokio::test]
async fn a_component_that_is_cut_off_or_broken_anywhere_is_refused() {
    let sandbox = sandbox(|_| {});
    let good = hostile::MAPPING;
    for length in [9, 100, good.len() / 2, good.len() - 1] {
        let error = refused(&sandbox, &good[..length]).await;
        assert_eq!(error.code(), "component-invalid", "{length}: {error}");
    }
    let mut broken = good.to_vec();
    let middle = good.len() / 3;
    broken[middle..middle + 64].fill(0xff);
    assert_eq!(refused(&sandbox, &broken).await.code(), "component-invalid");
}

#[tokio::test]
async fn features_that_no_connector_needs_are_refused() {
    let sandbox = sandbox(|_| {});
    for (feature, module) in [
        ("threads", r#"(memory 1 1 shared)"#),
        ("memory64", r#"(memory i64 1)"#),
        ("multi-memory", r#"(memory 1) (memory 1)"#),
        ("tail calls", r#"(func $f return_call $f)"#),
        ("exceptions", r#"(tag)"#),
        ("gc", r#"(type (struct))"#),
    ] {
        let about = r#"(@custom "provisor:about" "{\"world\":\"mapping\",\"name\":\"x\",\"version\":\"1.0.0\",\"summary\":\"\",\"capabilities\":[],\"settings-schema\":{},\"origins\":[]}")"#;
        let bytes = outside(&format!("(core module {module} {about})"));
        let error = refused(&sandbox, &bytes).await;
        assert_eq!(error.code(), "component-invalid", "{feature}: {error}");
    }
}

#[tokio::test]
async fn two_answers_that_differ_are_refused() {
    let sandbox = sandbox(|_| {});
    let about = r#""summary":"Gives everybody"#;
    let liar = patched(hostile::MAPPING, about, r#""summary":"Takes everybody"#);
    assert_eq!(
        refused(&sandbox, &liar).await,
        LoadError::TwoTongues("summary")
    );
    let about = r#"{"world":"mapping""#;
    let stranger = patched(hostile::MAPPING, about, r#"{"world":"polling""#);
    assert_eq!(refused(&sandbox, &stranger).await.code(), "component-about");
}

#[tokio::test]
async fn a_component_that_never_ends_describing_itself_is_stopped() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let error = refused(&zoo.sandbox, hostile::ENDLESS_DESCRIPTION).await;
        assert_eq!(error.code(), "component-describe");
        assert!(error.to_string().contains("processor time"), "{error}");
        zoo.is_as_good_as_new().await;
    }
}

/// The helper program beside the tests, which is a compiler and nothing else.
fn child(change: impl FnOnce(&mut LoadLimits)) -> Sandbox {
    sandbox(|config| {
        config.compiler = Compiler::Child {
            program: PathBuf::from(env!("CARGO_BIN_EXE_provisor-compile")),
            arguments: Vec::new(),
        };
        change(&mut config.load_limits);
    })
}

#[tokio::test]
async fn a_child_process_compiles_what_then_runs_in_this_one() {
    for allocation in ALLOCATIONS {
        let zoo = Zoo::open(allocation).await;
        let sandbox = sandbox(|config| {
            config.allocation = allocation;
            config.compiler = Compiler::Child {
                program: PathBuf::from(env!("CARGO_BIN_EXE_provisor-compile")),
                arguments: Vec::new(),
            };
        });
        let component = sandbox.load(hostile::MAPPING).await.unwrap();
        assert_eq!(component.digest(), zoo.mapping.digest());
        let mapping = component.mapping().unwrap();
        let mut run = mapping.start(&crate::fixture::call("")).await.unwrap();
        assert!(run.evaluate(&people(1)).await.is_ok());
    }
}

#[tokio::test]
async fn a_component_too_large_to_be_optimised_runs_like_any_other() {
    let component = child(|_| {}).load(provisor_builtin::CEL_MAPPING).await;
    let mapping = component.unwrap().mapping().unwrap();
    let call = Call {
        settings: r#"{ "attributes": { "mail": "'ann@example.com'" } }"#.to_owned(),
        ..Call::default()
    };
    let mut run = mapping.start(&call).await.unwrap();
    let accounts = run.evaluate(&people(1)).await.unwrap();
    let row = accounts.rows.rows().next().unwrap();
    let mails: Vec<_> = row.cells().flat_map(|cell| cell.values()).collect();
    assert_eq!(mails, ["ann@example.com"]);
}

#[tokio::test]
async fn a_child_process_says_what_is_wrong_with_a_component() {
    let mut broken = hostile::MAPPING.to_vec();
    let middle = broken.len() / 3;
    broken[middle..middle + 64].fill(0xff);
    assert_eq!(
        refused(&child(|_| {}), &broken).await.code(),
        "component-invalid"
    );
}

#[tokio::test]
async fn a_child_process_that_takes_too_long_is_ended() {
    let sandbox = child(|limits| limits.compile_time = Duration::from_millis(1));
    let error = refused(&sandbox, &bomb()).await;
    assert_eq!(error, LoadError::CompileLimit("time"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_child_process_that_takes_too_much_processor_time_is_ended() {
    let sandbox = child(|limits| limits.compile_cpu = Duration::from_secs(1));
    let error = refused(&sandbox, &bomb()).await;
    assert_eq!(error, LoadError::CompileLimit("processor time"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_child_process_that_takes_too_much_memory_is_ended() {
    let sandbox = child(|limits| limits.compile_memory = 96 * 1024 * 1024);
    let error = refused(&sandbox, &bomb()).await;
    assert_eq!(error, LoadError::CompileLimit("memory"));
}

#[tokio::test]
async fn a_compiler_that_is_not_there_or_is_none_is_told() {
    for program in ["/nowhere/to/be/found", "/bin/cat", "/bin/false"] {
        let sandbox = sandbox(|config| {
            config.compiler = Compiler::Child {
                program: program.into(),
                arguments: Vec::new(),
            };
        });
        assert_eq!(
            refused(&sandbox, hostile::MAPPING).await.code(),
            "component-compile",
            "{program}"
        );
    }
}

/// A component that is small to send and long to compile: many large functions.
fn bomb() -> Vec<u8> {
    let body =
        "(local.set 0 (i32.mul (i32.add (local.get 0) (i32.load (local.get 0))) (i32.const 3)))\n"
            .repeat(60_000);
    let function = format!("(func (param i32) (result i32) {body} local.get 0)\n");
    let about = r#"(@custom "provisor:about" "{\"world\":\"mapping\",\"name\":\"x\",\"version\":\"1.0.0\",\"summary\":\"\",\"capabilities\":[],\"settings-schema\":{},\"origins\":[]}")"#;
    outside(&format!(
        "(core module (memory 1) {} {about})",
        function.repeat(4)
    ))
}

#[tokio::test]
async fn a_pool_that_does_not_fit_is_told_when_the_sandbox_starts() {
    let config = SandboxConfig {
        allocation: provisor_sandbox::Allocation::Pooled {
            instances: u32::MAX,
        },
        ..SandboxConfig::default()
    };
    assert_eq!(Sandbox::new(config).err().unwrap().code(), "sandbox-engine");
}
