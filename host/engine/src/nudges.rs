//! Cases that are not closed in time: their operators are reminded, then others are called in.

use provisor_model::{Case, CaseId, Event, EventKind, Notification, Nudge, Timestamp};
use provisor_store::{Work, fault};

use crate::cases::tell_accounts;
use crate::configuration::Configuration;
use crate::host::Actor;
use crate::notifications::{Audience, enqueue_of_case};
use crate::{Host, HostError};

/// Cases that are looked at in one transaction.
const ROUND: usize = 200;

/// Which cases somebody was told of.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Nudged {
    /// Their operators were reminded.
    pub reminded: Vec<CaseId>,
    /// Somebody else was called in.
    pub escalated: Vec<CaseId>,
}

impl Host {
    /// Reminds of what is due, and calls others in for what stays open. Each of it happens once,
    /// also when nobody looked for a long time.
    pub async fn nudge(&self) -> Result<Nudged, HostError> {
        let mut nudged = Nudged::default();
        loop {
            let now = self.now();
            let configuration = self.inner.configuration.clone();
            let (count, round) = self
                .inner
                .store
                .update(move |work| {
                    let late = work.cases_to_nudge(now, ROUND)?;
                    let count = late.len();
                    let mut round = Nudged::default();
                    for case in late {
                        nudge(work, &configuration, case, now, &mut round)?;
                    }
                    Ok::<_, HostError>((count, round))
                })
                .await?;
            fault::point("nudge.told");
            nudged.reminded.extend(round.reminded);
            nudged.escalated.extend(round.escalated);
            if count < ROUND {
                return Ok(nudged);
            }
        }
    }
}

fn nudge(
    work: &mut Work<'_>,
    configuration: &Configuration,
    mut case: Case,
    now: Timestamp,
    nudged: &mut Nudged,
) -> Result<(), HostError> {
    let resource = case
        .resources()
        .into_iter()
        .find_map(|name| configuration.resources.get(name));
    case.nudge_at = None;
    let mut told = Vec::new();
    while let Some(resource) = resource
        && let Some((at, nudge)) = resource.cases.deadlines.next(&resource.rules, &case)
    {
        if at > now {
            case.nudge_at = Some(at);
            break;
        }
        let (kind, text) = match &nudge {
            Nudge::Remind => {
                case.reminded = true;
                nudged.reminded.push(case.id);
                let due = case.due.map_or(String::new(), |due| format!("due {due}"));
                (EventKind::Reminded, due)
            }
            Nudge::Escalate { level, to } => {
                case.escalated = *level;
                case.call_in(to);
                nudged.escalated.push(case.id);
                (
                    EventKind::Escalated,
                    format!("level {level}: {to} is called in"),
                )
            }
        };
        tell_accounts(work, &case, Actor::Engine, Event::new(kind, text), now)?;
        told.push(nudge);
    }
    work.save_case(&case)?;
    for one in told {
        let (id, due) = (case.id, case.due.unwrap_or(now));
        let make = |title| match one {
            Nudge::Remind => Notification::CaseDue {
                case: id,
                title,
                due,
            },
            Nudge::Escalate { level, .. } => Notification::CaseEscalated {
                case: id,
                title,
                level,
            },
        };
        let audience = Audience::of(&case.operators);
        enqueue_of_case(work, &configuration.resources, &case, audience, make, now)?;
    }
    Ok(())
}
