//! What holds when the system behind a ticketing component is down, slow, or not itself.

use std::time::Duration;

use provisor_sandbox::egress::Sent;
use provisor_sandbox::{
    CallError, CallErrorKind, Condition, Failure, FailureKind, Finding, Found, Ticket, Withdrawal,
};
use provisor_simulated::{Fault, Matching, Response};

use super::tickets::{id, with_ticket};
use crate::desk::{Asked, Desk};
use crate::draft::draft;
use crate::target::Target;
use crate::trial::{Objection, Trial, broken};

/// Requests of one call that are spoiled, one after the other.
const SPOILED: usize = 4;

/// Requests that a component may make after it was asked for fewer.
const AFTER_A_LIMIT: u64 = 2;

/// Seconds that a system asks for.
const PAUSE: u32 = 7;

/// One function of a ticketing component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Check,
    Create,
    Find,
    Status,
    Comment,
    Withdraw,
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Function::Check => "check-connection",
            Function::Create => "create",
            Function::Find => "find",
            Function::Status => "status",
            Function::Comment => "comment",
            Function::Withdraw => "withdraw",
        }
    }

    /// Whether it is there to change something.
    fn changes(self) -> bool {
        matches!(
            self,
            Function::Create | Function::Comment | Function::Withdraw
        )
    }

    /// Those that this system has.
    fn of(desk: &Desk) -> Vec<Function> {
        use Function::{Check, Comment, Create, Find, Status, Withdraw};
        let traits = &desk.traits;
        let optional = [(traits.comments, Comment), (traits.withdraws, Withdraw)];
        let optional = optional
            .into_iter()
            .filter(|(has, _)| *has)
            .map(|(_, it)| it);
        [Check, Create, Find, Status]
            .into_iter()
            .chain(optional)
            .collect()
    }

    /// Calls it for a ticket that is there (`create`: for another one).
    ///
    /// # Errors
    /// When nobody can see whether what it tells is so.
    async fn call(
        self,
        trial: &mut Trial,
        desk: &Desk,
        known: &str,
        ticket: &Ticket,
    ) -> Result<Told, Objection> {
        const COMMENT: &str = "How far is it?";
        let references = std::slice::from_ref(&ticket.reference);
        match self {
            Function::Check => {
                let asked = desk.check(trial).await;
                let judge = async |findings: Vec<Finding>| {
                    Ok(match findings.iter().all(|it| it.good) {
                        true => What::Untrue("every finding is good".to_owned()),
                        false => What::True,
                    })
                };
                Told::of(asked, judge).await
            }
            Function::Create => {
                let id = id(trial);
                let asked = desk.create(trial, &draft(&id)).await;
                let judge = async |ticket: Ticket| {
                    Ok(match desk.seen(&id).await?.is_empty() {
                        true => {
                            What::Untrue(format!("it gives {} where no ticket is", ticket.number))
                        }
                        false => What::True,
                    })
                };
                Told::of(asked, judge).await
            }
            Function::Find => {
                let asked = desk.find(trial, known).await;
                let judge = async |found: Vec<Found>| {
                    Ok(match found.len() {
                        1 => What::True,
                        other => What::Untrue(format!("it shows {other} tickets where one is")),
                    })
                };
                Told::of(asked, judge).await
            }
            Function::Status => {
                let asked = desk.status(trial, references).await;
                let judge = async |mut conditions: Vec<Condition>| {
                    Ok(match conditions.remove(0) {
                        Condition::Progress(_) => What::True,
                        Condition::Failed(failure) => What::Failed(failure),
                        Condition::Forbidden => What::Forbidden,
                        other => {
                            What::Untrue(format!("it shows {other:?} for a ticket that is there"))
                        }
                    })
                };
                Told::of(asked, judge).await
            }
            Function::Comment => {
                let asked = desk.comment(trial, &ticket.reference, COMMENT).await;
                let judge = async |()| {
                    let seen = desk.seen(known).await?;
                    let mut comments = seen.iter().flat_map(|seen| &seen.comments);
                    Ok(match comments.any(|it| it.contains(COMMENT)) {
                        true => What::True,
                        false => What::Untrue(
                            "it says that a comment was added, and there is none".to_owned(),
                        ),
                    })
                };
                Told::of(asked, judge).await
            }
            Function::Withdraw => {
                let status = async || {
                    let seen = desk.seen(known).await?;
                    Ok(seen.first().map(|seen| seen.status.clone()))
                };
                // Where nobody can see, that matters only once something was withdrawn.
                let target = trial.bench.subject.target.as_ref();
                let before = match target.is_some_and(Target::has_people) {
                    true => status().await?,
                    false => None,
                };
                let asked = desk.withdraw(trial, &ticket.reference).await;
                let judge = async |withdrawal: Withdrawal| {
                    Ok(match withdrawal {
                        Withdrawal::Withdrawn if before == status().await? => What::Untrue(
                            "it says that a ticket was withdrawn which is open".to_owned(),
                        ),
                        Withdrawal::Withdrawn => What::True,
                        Withdrawal::Refused(_) => What::Refused,
                    })
                };
                Told::of(asked, judge).await
            }
        }
    }
}

/// What a function told.
struct Told {
    what: What,
    sent: Vec<Sent>,
    attempts: u64,
}

enum What {
    /// Something that is so.
    True,
    /// Something that is not so.
    Untrue(String),
    /// A failure.
    Failed(Failure),
    /// A ticket may not be seen.
    Forbidden,
    /// A ticket cannot be withdrawn.
    Refused,
    /// It broke down.
    Down(CallError),
}

impl Told {
    async fn of<T>(
        asked: Asked<T>,
        judge: impl AsyncFnOnce(T) -> Result<What, Objection>,
    ) -> Result<Self, Objection> {
        let what = match asked.answer {
            Ok(answer) => judge(answer).await?,
            Err(CallError {
                kind: CallErrorKind::Failure(failure),
                ..
            }) => What::Failed(*failure),
            Err(error) => What::Down(error),
        };
        Ok(Told {
            what,
            sent: asked.sent,
            attempts: asked.attempts,
        })
    }

    fn show(&self) -> String {
        match &self.what {
            What::True => "what is so".to_owned(),
            What::Untrue(what) => what.clone(),
            What::Failed(failure) => format!("{:?}: {}", failure.kind, failure.message),
            What::Forbidden => "Forbidden".to_owned(),
            What::Refused => "Refused".to_owned(),
            What::Down(error) => format!("{}: {error}", error.code()),
        }
    }
}

pub(crate) async fn limits_are_heeded(trial: &mut Trial) -> Result<(), Objection> {
    let functions = Function::of(&Desk::open(trial).await?);
    for function in functions {
        for pause in [Some(PAUSE), None] {
            let (desk, known, ticket) = with_ticket(trial).await?;
            desk.spoil_all(Fault::too_many(pause));
            let told = function.call(trial, &desk, &known, &ticket).await?;
            trial.faults(1, 1 - desk.mend() as u64);
            let name = function.name();
            if told.attempts > 1 + AFTER_A_LIMIT {
                return broken(format!(
                    "`{name}` makes {} requests after 429",
                    told.attempts - 1
                ));
            }
            let wanted = pause.map(|seconds| Duration::from_secs(seconds.into()));
            match &told.what {
                What::Failed(failure)
                    if failure.kind == FailureKind::RateLimited
                        && (wanted.is_none() || failure.retry_after == wanted) => {}
                // A finding that is not good has no kind.
                What::True if function == Function::Check => {}
                _ => {
                    let with = pause.map_or("without a time", |_| "with `retry-after`");
                    return broken(format!("`{name}` tells 429 {with} as {}", told.show()));
                }
            }
        }
    }
    Ok(())
}

/// Something that goes wrong.
struct Mishap {
    name: &'static str,
    fault: Fault,
    /// How it may be told: where nothing was carried out, and where something may have been.
    nothing: &'static [FailureKind],
    something: &'static [FailureKind],
}

/// Everything that goes wrong, in the words of the product.
fn mishaps(error: impl Fn(u16) -> Response) -> Vec<Mishap> {
    use FailureKind::{
        Ambiguous, Configuration, Conflict, Malformed, NotFound, Rejected, Unauthorized,
        Unavailable,
    };
    const DOWN: &[FailureKind] = &[Unavailable];
    const EITHER: &[FailureKind] = &[Unavailable, Ambiguous];
    const SENT: &[FailureKind] = &[Ambiguous];
    let said = |status| {
        let Response {
            status,
            headers,
            body,
        } = error(status);
        let body = String::from_utf8_lossy(&body).into_owned();
        Fault::Instead {
            status,
            headers,
            body,
        }
    };
    let mishap = |name, fault, nothing, something| Mishap {
        name,
        fault,
        nothing,
        something,
    };
    let down = |name, fault| mishap(name, fault, DOWN, SENT);
    let page = |status, words: &str| Fault::Instead {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: format!("<html><body><h1>{words}</h1></body></html>"),
    };
    let certificate = Fault::Unreachable {
        why: "its certificate has expired".to_owned(),
    };
    vec![
        mishap("an unreachable system", certificate, DOWN, DOWN),
        down("a lost request", Fault::LoseRequest),
        down("a lost answer", Fault::LoseAnswer),
        down("half an answer", Fault::Cut { after: 5 }),
        down(
            "silence",
            Fault::Late {
                milliseconds: 60_000,
            },
        ),
        down("an answer without end", Fault::Endless),
        mishap("garbage", Fault::Garbled, &[Unavailable, Malformed], SENT),
        mishap(
            "400",
            said(400),
            &[Rejected, Configuration, Conflict, Malformed, NotFound],
            &[Rejected, Configuration, Conflict, Malformed],
        ),
        mishap("401", said(401), &[Unauthorized], &[Unauthorized]),
        mishap(
            "403",
            said(403),
            &[Unauthorized, Configuration, Rejected],
            &[Unauthorized, Configuration, Rejected],
        ),
        down("500", page(500, "Internal Server Error")),
        down("a broken gateway", page(502, "Bad Gateway")),
        mishap("maintenance", Fault::maintenance(), EITHER, EITHER),
    ]
}

pub(crate) async fn trouble_is_told(trial: &mut Trial) -> Result<(), Objection> {
    let desk = Desk::open(trial).await?;
    let functions = Function::of(&desk);
    let Some(target) = trial.bench.subject.target.clone() else {
        return Ok(());
    };
    let mishaps = mishaps(|status| target.error(status, "This was not to be."));
    for function in functions {
        let (desk, known, ticket) = with_ticket(trial).await?;
        let usual = function.call(trial, &desk, &known, &ticket).await?;
        for mishap in &mishaps {
            for at in spoiled(usual.sent.len(), trial.bench.is_scarce()) {
                trouble(trial, function, mishap, at).await?;
            }
        }
    }
    if trial.bench.is_scarce() {
        let input = "the first and the last request of each function, where a simulated system has \
                     the first four";
        trial.note(input, "told as the contract says");
    }
    Ok(())
}

/// Which requests of a call are spoiled: the first ones, or where tickets are dear, the first and the
/// last of them.
fn spoiled(requests: usize, is_scarce: bool) -> Vec<usize> {
    let all = requests.min(SPOILED);
    match is_scarce && all > 2 {
        true => vec![0, all - 1],
        false => (0..all).collect(),
    }
}

async fn trouble(
    trial: &mut Trial,
    function: Function,
    mishap: &Mishap,
    at: usize,
) -> Result<(), Objection> {
    let (desk, known, ticket) = with_ticket(trial).await?;
    let after = u32::try_from(at).unwrap_or(u32::MAX);
    desk.spoil(
        Matching {
            after,
            ..Matching::default()
        },
        mishap.fault.clone(),
    );
    let told = function.call(trial, &desk, &known, &ticket).await?;
    trial.faults(1, 1 - desk.mend() as u64);
    let safe = |sent: &Sent| matches!(sent.method.as_str(), "GET" | "HEAD" | "OPTIONS");
    let changed_before = told.sent.iter().take(at).any(|sent| !safe(sent));
    let hit_changes = told.sent.get(at).is_some_and(|sent| !safe(sent));
    let may_be_told = |kind: FailureKind| {
        let nothing = mishap.nothing.contains(&kind);
        let something = mishap.something.contains(&kind) || (kind == FailureKind::Ambiguous);
        match (function.changes(), hit_changes, changed_before) {
            // A withdrawal is asked for again without harm.
            (true, true, false) if function == Function::Withdraw => nothing || something,
            (true, true, false) => mishap.something.contains(&kind),
            // Whether what was sent before counts is for the component to know, and so is what a
            // search that is sent like a change has done.
            (_, _, true) | (false, true, _) => nothing || something,
            (_, false, false) => nothing,
        }
    };
    let good = match &told.what {
        What::True => true,
        What::Failed(failure) => may_be_told(failure.kind),
        What::Forbidden => mishap.name == "403" || mishap.name == "401",
        What::Refused => matches!(mishap.name, "400" | "403"),
        // An account that may not look at one thing of many is none that does not work.
        What::Untrue(_) if function == Function::Check && mishap.name == "403" => at > 0,
        What::Untrue(_) | What::Down(_) => false,
    };
    match good {
        true => Ok(()),
        false => {
            let hit = told.sent.get(at).map_or_else(String::new, |sent| {
                format!(" ({} {})", sent.method, sent.target())
            });
            broken(format!(
                "`{}` tells {} at its request {}{hit} as {}",
                function.name(),
                mishap.name,
                at + 1,
                told.show()
            ))
        }
    }
}

pub(crate) async fn only_granted_is_reached(trial: &mut Trial) -> Result<(), Objection> {
    let (desk, known, ticket) = with_ticket(trial).await?;
    let functions = Function::of(&desk);
    let denied = |function: Function, told: &Told| match &told.what {
        What::Down(error) if matches!(error.kind, CallErrorKind::Denied(_)) => broken(format!(
            "`{}` wants what is not granted: {error}",
            function.name()
        )),
        _ => Ok(()),
    };
    for &function in &functions {
        let told = function.call(trial, &desk, &known, &ticket).await?;
        denied(function, &told)?;
    }
    for function in functions {
        let (desk, known, ticket) = with_ticket(trial).await?;
        let away = |status| Fault::Instead {
            status,
            headers: vec![(
                "location".to_owned(),
                "https://elsewhere.example/login?back=1".to_owned(),
            )],
            body: String::new(),
        };
        for status in [302, 307] {
            desk.spoil_all(away(status));
            let told = function.call(trial, &desk, &known, &ticket).await?;
            trial.faults(1, 1 - desk.mend() as u64);
            denied(function, &told)?;
            if let What::Untrue(what) = &told.what {
                return broken(format!(
                    "`{}` is answered with a redirect, and {what}",
                    function.name()
                ));
            }
        }
        // What a redirect leads to later is another ticket at most; this one must still be there.
        if desk.seen(&known).await?.is_empty() {
            let told = "a ticket is gone that was only asked about".to_owned();
            return Err(Objection::Inconclusive(told));
        }
    }
    Ok(())
}
