//! What commands about versions of uploaded components show alike.

use std::process::ExitCode;

use provisor::model::{Canary, GrantDifference, GrantKind, Refusal};
use provisor::{Activated, VersionView};

use crate::output::{Output, Tone, counted, plain};

/// What a version wants, is configured to use, is approved and was approved before.
pub fn comparison(grants: &[GrantDifference], output: &Output) -> anyhow::Result<()> {
    if grants.is_empty() {
        return output.line("It wants nothing outside, and may use nothing.");
    }
    let yes = |yes: bool| if yes { "yes" } else { "-" }.to_owned();
    let cells = grants
        .iter()
        .map(|grant| {
            let remark = match (grant.is_missing(), grant.is_new()) {
                (true, _) => output.paint(Tone::Warning, "will be denied"),
                (false, true) => output.paint(Tone::Warning, "new"),
                (false, false) => String::new(),
            };
            vec![
                match grant.kind {
                    GrantKind::Origin => "origin".to_owned(),
                    GrantKind::Secret => "secret".to_owned(),
                },
                plain(&grant.name),
                yes(grant.declared),
                yes(grant.configured),
                yes(grant.approved),
                yes(grant.before),
                remark,
            ]
        })
        .collect();
    let headings = [
        "kind",
        "name",
        "wanted",
        "configured",
        "approved",
        "version before",
        "",
    ];
    output.table(&headings, cells, "")
}

/// What keeps a version from being used.
pub fn problem(view: &VersionView, output: &Output) -> anyhow::Result<()> {
    if let Some(problem) = &view.problem {
        output.sentence(0, Tone::Bad, "cannot be activated:", problem)?;
    }
    if let Some(lacking) = &view.not_vouched_for {
        output.sentence(0, Tone::Warning, "not vouched for:", lacking)?;
    }
    Ok(())
}

/// Why an upload was not accepted: the rule, the place, and what would be.
pub fn refused(title: &str, refusal: &Refusal, output: &Output) -> anyhow::Result<()> {
    output.sentence(0, Tone::Bad, title, &refusal.message)?;
    for (label, text) in [
        ("rule:    ", &refusal.code),
        ("place:   ", &refusal.place),
        ("accepted:", &refusal.accepted),
    ] {
        if !text.is_empty() {
            output.sentence(2, Tone::Faint, label, text)?;
        }
    }
    Ok(())
}

/// What came of an activation.
pub fn activated(done: &Activated, output: &Output) -> anyhow::Result<ExitCode> {
    if output.is_json() {
        output.json(done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let title = output.paint(Tone::Strong, plain(&done.upload.title()));
    let short = done.upload.digest.short();
    let is_active = done.activations.is_active(&done.upload.digest);
    let asked = done.activations.asked.as_ref();
    output.line(
        match asked.filter(|asked| asked.digest == done.upload.digest) {
            Some(_) => format!(
                "{title} is asked for; somebody else approves it with `provisor component approve \
             {short} --as PERSON`"
            ),
            None if is_active => format!("{title} is active"),
            None => format!("{title} is {}", done.upload.state()),
        },
    )?;
    for missing in &done.missing {
        let (what, flag) = match missing.kind {
            GrantKind::Origin => ("reaching", "--grant"),
            GrantKind::Secret => ("reading the secret", "--grant-secret"),
        };
        let text = format!(
            "{what} {} will be denied; approve it with `provisor component activate {short} \
             --keep-grants {flag} {} --as PERSON`",
            missing.name, missing.name
        );
        output.sentence(0, Tone::Warning, "not approved:", &text)?;
    }
    for running in &done.still_running {
        output.line(format!(
            "{} of {} still at work here",
            counted(running.units as u64, "unit", "units"),
            running.digest.short()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Which version a canary tries, where, since when, and who wanted it.
pub fn tried(canary: &Canary) -> String {
    format!(
        "{} on {} since {}, by {}; see `provisor component compare {}`",
        canary.candidate.short(),
        canary.scope,
        canary.begun_at,
        canary.by,
        canary.component
    )
}

/// Names one after the other.
pub fn listed(names: &[String]) -> String {
    match names.len() {
        0 => "nothing".to_owned(),
        _ => names.join(", "),
    }
}
