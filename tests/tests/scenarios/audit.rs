//! The history as proof, and a person's right to be forgotten.

use std::path::Path;

use provisor::model::EventKind;
use provisor::store::HistoryFilter;
use provisor::{HostError, verify_log};

use provisor_tests::world::{Fixture, WILL, World, identity, person, will};

const POLICY: &str = r#"
[[resource.app.policy.settings.rules]]
name = "look"
when = 'operation == "create"'
verdict = "hold"
reason = "somebody should look"
"#;

async fn with_history() -> World {
    let world = Fixture::s().policy(POLICY).open().await;
    world.export(WILL);
    world.reads().await;
    world.requests(will()).await;
    world.requests(identity("elizabeth")).await;
    world
        .host
        .release(world.last().id, &person("jan"))
        .await
        .expect("released");
    world.completes(world.case().case.id).await;
    world
}

#[tokio::test]
async fn every_record_tells_who_for_whom_and_what_took_part() {
    let world = with_history().await;
    let all = world
        .host
        .history(&HistoryFilter {
            limit: 1000,
            ..HistoryFilter::default()
        })
        .expect("listed");
    let find = |kind| {
        all.iter()
            .find(|entry| entry.event.kind == kind && !entry.event.text.contains("will"))
            .unwrap_or_else(|| panic!("no {kind:?}"))
    };
    let requested = find(EventKind::Requested);
    assert_eq!(requested.actor, "iam");
    assert!(requested.event.component.is_some(), "the mapping");
    let held = find(EventKind::Held);
    assert_eq!(held.actor, "policy");
    assert!(held.event.component.is_some() && held.event.inputs.is_some());
    assert_ne!(held.event.component, requested.event.component);
    let completed = find(EventKind::Completed);
    assert_eq!(completed.actor, "eva");
    assert_eq!(completed.event.on_behalf_of, Some(person("iam")));
    let accepted = all
        .iter()
        .find(|entry| entry.event.kind == EventKind::Accepted)
        .expect("accepted");
    assert!(accepted.event.export.is_some() && accepted.event.component.is_some());
}

#[tokio::test]
async fn a_checkpoint_tells_when_the_history_is_not_the_one_that_was_signed() {
    let world = with_history().await;
    let early = world.host.audit_checkpoint().expect("signed");
    world.requests(identity("jack")).await;
    let verified = world
        .host
        .verify_audit(std::slice::from_ref(&early))
        .expect("it holds");
    assert_eq!(verified.checkpoints, 1);
    assert!(verified.records > early.sequence);

    // Somebody puts an older copy of the database in its place.
    let late = world.host.audit_checkpoint().expect("signed");
    let other = with_history().await;
    std::fs::copy(
        world.folder.path().join("data/audit.key"),
        other.folder.path().join("data/audit.key"),
    )
    .expect("copied");
    let error = other
        .host
        .verify_audit(std::slice::from_ref(&late))
        .expect_err("another installation");
    assert_eq!(error.code(), "history-broken");

    let mut forged = late.clone();
    forged.sequence += 1;
    let error = world.host.verify_audit(&[forged]).expect_err("forged");
    assert_eq!(error.code(), "signature");
}

#[tokio::test]
async fn an_exported_log_is_verified_with_the_public_key_alone() {
    let world = with_history().await;
    let mut log = Vec::new();
    let checkpoint = world.host.export_audit(&mut log).expect("exported");
    let key = world.host.audit_public_key().expect("a key");
    let verified = verify_log(&mut log.as_slice(), &key).expect("it holds");
    assert_eq!(verified.records, checkpoint.sequence);

    let text = String::from_utf8(log).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let broken = |lines: Vec<String>| {
        let text = lines.join("\n");
        verify_log(&mut text.as_bytes(), &key).expect_err("it was changed")
    };
    let owned = || {
        lines
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    let mut changed = owned();
    changed[2] = changed[2].replacen("\"at\":", "\"at\":1", 1);
    let error = broken(changed);
    assert!(error.to_string().contains("record 3"), "{error}");
    let mut renamed = owned();
    renamed[1] = renamed[1].replace("\"value\":\"", "\"value\":\"x");
    assert!(broken(renamed).to_string().contains("record 2"));
    let mut shorter = owned();
    shorter.remove(3);
    assert!(broken(shorter).to_string().contains("record 4"));
    let mut cut = owned();
    cut.pop();
    assert!(broken(cut).to_string().contains("checkpoint"));
    let mut swapped = owned();
    swapped.swap(4, 5);
    assert!(broken(swapped).to_string().contains("record 5"));
    for nonsense in ["", "{", "\u{0}\u{0}", "[]"] {
        assert!(verify_log(&mut nonsense.as_bytes(), &key).is_err());
    }
    let other = "00".repeat(32);
    assert!(verify_log(&mut text.as_bytes(), &other).is_err());
    assert!(verify_log(&mut text.as_bytes(), "no key").is_err());
}

const CANARY: &str = "Quillfeather";

/// Whether any file that the program wrote has a text, but for evidence.
fn written(folder: &Path, text: &str) -> bool {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "evidence") {
                    folders.push(path);
                }
                continue;
            }
            let content = std::fs::read(&path).expect("read");
            if content
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                return true;
            }
        }
    }
    false
}

#[tokio::test]
async fn a_forgotten_person_is_in_no_file_but_the_evidence_and_the_history_still_holds() {
    let world = Fixture::s()
        .more("[notify.log]\nkind = \"log\"\nfile = \"told.jsonl\"\n")
        .open()
        .await;
    let id = CANARY.to_lowercase();
    // Of another row somebody thought that it was hers.
    world.export("other,Somebody Else,,,false,\n");
    world.reads().await;
    let jan = person("jan");
    let hers = id.parse().expect("an id");
    let linked = world
        .host
        .link_account("app", "other", &hers, &jan, "the same desk");
    linked.await.expect("linked");
    let other = world
        .host
        .unlink_account("app", "other", &jan, "it is not hers");
    other.await.expect("unlinked");
    world.minutes(1);
    let her = || identity(&id).with("full-name", [format!("Ann {CANARY}").as_str()]);
    world.requests(her()).await;
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export(&format!("{id},Ann {CANARY},,pirates;swords,false,\n"));
    world.reads().await;
    // A file that quotes her row in what is said about it.
    world.minutes(1);
    world.export(&format!("{id},Ann,,,false,\n{id},Ann,,,false,\n"));
    let refused = world.take("accounts.csv").await.expect("an answer");
    assert!(format!("{:?}", refused.export).contains(&id));
    let error = world
        .host
        .erase_identity(&id.parse().expect("an id"), &person("jan"), "she asked")
        .await
        .expect_err("she is alive");
    assert!(matches!(error, HostError::Alive { .. }), "{error}");
    world.unassigns(&id).await;
    let error = world
        .host
        .erase_identity(&id.parse().expect("an id"), &person("jan"), "she asked")
        .await
        .expect_err("something is under way");
    assert!(error.to_string().contains("under way"), "{error}");
    world.completes(world.case().case.id).await;
    world.minutes(1);
    world.export("");
    world.reads().await;
    let data = world.folder.path().join("data");
    assert!(written(&data, CANARY));

    let records = world.host.verify_audit(&[]).expect("it holds").records;
    let erased = world
        .host
        .erase_identity(&id.parse().expect("an id"), &person("jan"), "she asked")
        .await
        .expect("erased");
    assert!(erased.known && erased.compacted, "{erased:?}");
    assert_eq!((erased.accounts.len(), erased.cases.len()), (1, 2));
    assert_eq!(erased.notifications, 2);
    assert!(!written(&data, CANARY), "her name is somewhere");
    assert!(!written(&data, &id), "her id is somewhere");
    let after = world.host.verify_audit(&[]).expect("it still holds");
    assert_eq!(after.records, records + 1);
    let again = world
        .host
        .erase_identity(&id.parse().expect("an id"), &person("jan"), "she asked")
        .await
        .expect("nothing to do");
    assert!(!again.known);

    // She may come back as somebody new.
    world.requests(her()).await;
    assert_eq!(world.cases().len(), 1);
}
