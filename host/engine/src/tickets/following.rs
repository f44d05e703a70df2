//! How tickets stand: they are looked at, commented on and taken back.

use provisor_model::{
    Notification, OperationState, Ticket, TicketRules, TicketState, TicketSystemName, Timestamp,
    Turn,
};
use provisor_sandbox::{Condition, Withdrawal};
use provisor_store::{Work, fault};

use super::calling::{self, Failed, place, progress};
use super::ending::{End, end_operations, note, reopen, withdrawn};
use super::is_unwanted;
use super::working::{Go, Worked, answered, not_answered, still_ours};
use crate::components::Bound;
use crate::configuration::Configuration;
use crate::host::{Actor, load_account};
use crate::notifications::{Audience, enqueue_of_case};
use crate::{Host, HostError};

impl Host {
    /// Looks how a batch of tickets stands.
    pub(super) async fn look(
        &self,
        system: &TicketSystemName,
        bound: &Bound,
        batch: &[Ticket],
        worked: &mut Worked,
    ) -> Result<Go, HostError> {
        let references: Vec<String> = batch
            .iter()
            .filter_map(|ticket| Some(ticket.place.as_ref()?.reference.clone()))
            .collect();
        let asked = calling::status(bound, &references).await;
        fault::point("ticket.looked");
        let conditions = match asked {
            Ok(conditions) => conditions,
            Err(failed) => {
                for ticket in batch {
                    worked
                        .failed
                        .push((ticket.case, failed.trouble.message.clone()));
                }
                return self.not_looked(system, batch.to_vec(), failed).await;
            }
        };
        worked.looked_at += conditions.len() as u64;
        let pairs: Vec<(Ticket, Condition)> = batch
            .iter()
            .filter(|ticket| ticket.place.is_some())
            .cloned()
            .zip(conditions)
            .collect();
        let configuration = self.inner.configuration.clone();
        let (system, now) = (system.clone(), self.now());
        let changed = self
            .inner
            .store
            .update(move |work| {
                answered(work, &system, now)?;
                let mut changed = Vec::new();
                for (claimed, condition) in pairs {
                    let case = claimed.case;
                    if take_in(work, &configuration, &claimed, condition, now)? {
                        changed.push(case);
                    }
                }
                Ok::<_, HostError>(changed)
            })
            .await?;
        worked.changed.extend(changed);
        Ok(Go::On)
    }

    /// Takes a ticket back whose work is not wanted any more.
    pub(super) async fn take_back(
        &self,
        claimed: Ticket,
        worked: &mut Worked,
    ) -> Result<Go, HostError> {
        let (_, bound) = self.ticket_means(&claimed)?;
        let (Some(place), Some(taking_back)) = (&claimed.place, &claimed.taking_back) else {
            return Ok(Go::On);
        };
        let configuration = &self.inner.configuration;
        let unwanted = self
            .inner
            .store
            .read(|view| is_unwanted(view, configuration, claimed.case, None))?;
        if !unwanted {
            return self.keep_ticket(claimed).await;
        }
        let traits = self.behaviour(&bound).await;
        let answer = match traits.withdraws {
            true => calling::withdraw(&bound, &place.reference, &taking_back.reason).await,
            false => Ok(Withdrawal::Refused(
                "this system takes no tickets back".to_owned(),
            )),
        };
        fault::point("ticket.withdrawn");
        let withdrawal = match answer {
            Ok(withdrawal) => withdrawal,
            Err(failed) => {
                let message = failed.trouble.message.clone();
                worked.failed.push((claimed.case, message));
                return self
                    .not_looked(&claimed.system.clone(), vec![claimed], failed)
                    .await;
            }
        };
        worked.changed.push(claimed.case);
        let configuration = self.inner.configuration.clone();
        let (comments, now) = (traits.comments, self.now());
        self.inner
            .store
            .update(move |work| {
                answered(work, &claimed.system, now)?;
                let Some(mut ticket) = still_ours(work, &claimed)? else {
                    return Ok(Go::On);
                };
                match withdrawal {
                    Withdrawal::Withdrawn => {
                        let why = format!("withdrawn from {}", ticket.system);
                        ticket.end();
                        work.save_ticket(&ticket)?;
                        withdrawn(work, &configuration, &ticket, &why, now)?;
                    }
                    Withdrawal::Refused(why) => {
                        if comments {
                            ticket.comment = ticket.taking_back.as_ref().map(|it| {
                                format!("Please do not do this any more: {}.", it.reason)
                            });
                        }
                        ticket.stays(&why, now);
                        work.save_ticket(&ticket)?;
                        note(
                            work,
                            &ticket,
                            &format!("{} cannot be taken back: {why}", ticket.name()),
                            now,
                        )?;
                    }
                }
                Ok(Go::On)
            })
            .await
    }

    /// What was to be taken back is wanted again.
    async fn keep_ticket(&self, claimed: Ticket) -> Result<Go, HostError> {
        let now = self.now();
        self.settle(vec![claimed], move |ticket| ticket.keep(now))
            .await?;
        Ok(Go::On)
    }

    /// Says in a ticket what is to be said in it.
    pub(super) async fn say(&self, claimed: Ticket, worked: &mut Worked) -> Result<Go, HostError> {
        let (_, bound) = self.ticket_means(&claimed)?;
        let (Some(place), Some(text)) = (&claimed.place, &claimed.comment) else {
            return Ok(Go::On);
        };
        if self.behaviour(&bound).await.comments {
            let said = calling::comment(&bound, &place.reference, text).await;
            fault::point("ticket.commented");
            match said {
                // What may have been said is not said again, and what is refused never will be.
                Err(failed) if failed.trouble.certain && !failed.trouble.hopeless => {
                    let message = failed.trouble.message.clone();
                    worked.failed.push((claimed.case, message));
                    return self
                        .not_looked(&claimed.system.clone(), vec![claimed], failed)
                        .await;
                }
                _ => {}
            }
        }
        let now = self.now();
        self.settle(vec![claimed], move |ticket| ticket.commented(now))
            .await?;
        Ok(Go::On)
    }

    /// The system could not be asked about these.
    async fn not_looked(
        &self,
        system: &TicketSystemName,
        tickets: Vec<Ticket>,
        failed: Failed,
    ) -> Result<Go, HostError> {
        let configuration = self.inner.configuration.clone();
        let (system, now) = (system.clone(), self.now());
        self.inner
            .store
            .update(move |work| {
                let go = not_answered(work, &system, &failed, now)?;
                for claimed in tickets {
                    let Some(mut ticket) = still_ours(work, &claimed)? else {
                        continue;
                    };
                    let rules = rules_of(&configuration, &ticket);
                    ticket.not_asked(&failed.trouble, &rules, now);
                    work.save_ticket(&ticket)?;
                }
                Ok(go)
            })
            .await
    }
}

fn rules_of(configuration: &Configuration, ticket: &Ticket) -> TicketRules {
    let resource = configuration.resources.get(ticket.resource.as_str());
    resource
        .and_then(|resource| resource.tickets.as_ref())
        .map(|used| used.rules.clone())
        .unwrap_or_default()
}

/// Takes in what is known of a ticket; answers whether that changed something.
fn take_in(
    work: &mut Work<'_>,
    configuration: &Configuration,
    claimed: &Ticket,
    condition: Condition,
    now: Timestamp,
) -> Result<bool, HostError> {
    let Some(mut ticket) = still_ours(work, claimed)? else {
        return Ok(false);
    };
    let rules = rules_of(configuration, &ticket);
    let attention_before = ticket.attention.clone();
    let system = ticket.system.clone();
    let actor = Actor::Tickets(&system);
    let changed = match condition {
        Condition::Progress(found) => {
            let taken_back = ticket.taking_back.is_some();
            let turn = ticket.looked(progress(found), &rules, now);
            work.save_ticket(&ticket)?;
            match turn {
                Turn::Same => false,
                Turn::Cancelled { reason } if taken_back => {
                    withdrawn(work, configuration, &ticket, &reason, now)?;
                    true
                }
                Turn::Done { at } => {
                    end_operations(work, configuration, &ticket, &End::Done { at }, actor, now)?;
                    true
                }
                Turn::Refused { reason } => {
                    let end = End::Refused { reason: &reason };
                    end_operations(work, configuration, &ticket, &end, actor, now)?;
                    true
                }
                Turn::Cancelled { reason } => {
                    let end = End::Cancelled { reason: &reason };
                    end_operations(work, configuration, &ticket, &end, actor, now)?;
                    true
                }
                Turn::Reopened => {
                    reopen(work, configuration, &mut ticket, actor, now)?;
                    true
                }
            }
        }
        Condition::Gone => {
            let closed = ticket.state == TicketState::Closed;
            ticket.gone(now);
            if closed {
                // Its work was decided before.
                ticket.attention = None;
            }
            work.save_ticket(&ticket)?;
            if !closed {
                let reason = format!("{} was deleted in {system}", ticket.name());
                let end = End::Cancelled { reason: &reason };
                end_operations(work, configuration, &ticket, &end, actor, now)?;
            }
            !closed
        }
        Condition::Replaced(other) => {
            let other = place(other);
            let before = ticket.name().to_owned();
            let same = ticket.place.as_ref() == Some(&other);
            let text = format!("{before} is {} from now on", other.number);
            ticket.replaced(other, now);
            if same {
                // A component that says so again and again would be asked for ever.
                ticket.look_at = ticket.next_look(&rules, now);
            }
            work.save_ticket(&ticket)?;
            if !same {
                note(work, &ticket, &text, now)?;
            }
            false
        }
        Condition::Forbidden => {
            ticket.forbidden(&rules, now);
            work.save_ticket(&ticket)?;
            false
        }
        Condition::Failed(failure) => {
            let trouble = provisor_model::Trouble {
                message: failure.message,
                certain: true,
                hopeless: false,
                retry_after: failure.retry_after,
            };
            ticket.not_asked(&trouble, &rules, now);
            work.save_ticket(&ticket)?;
            false
        }
    };
    if let (Some(attention), true) = (&ticket.attention, ticket.attention != attention_before) {
        let text = format!("{}: {attention}", ticket.name());
        note(work, &ticket, &text, now)?;
        tell(work, configuration, &ticket, attention, now)?;
    }
    end_if_final(work, &mut ticket, &rules, now)?;
    Ok(changed)
}

/// Nobody looks any more at a closed ticket whose work is over for good.
fn end_if_final(
    work: &mut Work<'_>,
    ticket: &mut Ticket,
    rules: &TicketRules,
    now: Timestamp,
) -> Result<(), HostError> {
    if ticket.state != TicketState::Closed {
        return Ok(());
    }
    let mut verified = true;
    let mut any = false;
    if let Some(case) = work.case(ticket.case)? {
        for id in case.accounts() {
            let account = load_account(work, id)?;
            for operation in &account.operations {
                if operation.case == Some(case.id) {
                    any = true;
                    verified &= operation.ended_at.is_some()
                        && matches!(
                            operation.state,
                            OperationState::Verified | OperationState::Contradicted
                        );
                }
            }
        }
    }
    if ticket.is_final(verified && any, rules, now) {
        ticket.end();
        work.save_ticket(ticket)?;
    }
    Ok(())
}

/// Lets the operators of a ticket's case know that somebody should look at it.
fn tell(
    work: &mut Work<'_>,
    configuration: &Configuration,
    ticket: &Ticket,
    why: &str,
    now: Timestamp,
) -> Result<(), HostError> {
    let Some(case) = work.case(ticket.case)? else {
        return Ok(());
    };
    let make = |title| Notification::TicketAttention {
        case: case.id,
        title,
        ticket: format!("{} in {}", ticket.name(), ticket.system),
        why: why.to_owned(),
    };
    let audience = Audience::of(&case.operators);
    Ok(enqueue_of_case(
        work,
        &configuration.resources,
        &case,
        audience,
        make,
        now,
    )?)
}
