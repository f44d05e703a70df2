//! A ticket is made, or found.

use provisor_model::{NotFound, Task, Ticket, TicketPlace, TicketRules, Timestamp};
use provisor_sandbox::Draft;
use provisor_store::{Work, fault};

use super::calling::{self, Failed};
use super::ending::withdrawn;
use super::working::{Go, Worked, answered, not_answered, still_ours};
use super::{NOT_WANTED, each_account, fall_back, is_unwanted};
use crate::configuration::Configuration;
use crate::host::Actor;
use crate::{Host, HostError};

/// What is to be done about a ticket that is certainly not there.
enum Intent {
    /// It is made, and says this.
    Create(Box<(Ticket, Draft)>),
    /// Nothing of it is wanted any more.
    Unwanted,
    /// Somebody else has done something about it.
    NotOurs,
}

impl Host {
    /// Makes a ticket that is to be made. If somebody has tried and nobody knows what came of it, it
    /// is looked for first.
    pub(super) async fn make(&self, claimed: Ticket, worked: &mut Worked) -> Result<Go, HostError> {
        let (_, bound) = match self.ticket_means(&claimed) {
            Ok(means) => means,
            Err(error) => {
                let unknown = vec![(claimed, error.to_string())];
                self.postpone(unknown, worked).await?;
                return Ok(Go::On);
            }
        };
        let rules = self.ticket_use(&claimed)?.1.rules.clone();
        if claimed.task() == Some(Task::Find) {
            let lag = self.behaviour(&bound).await.search_lag;
            let found = calling::find(&bound, claimed.correlation.as_str()).await;
            fault::point("ticket.searched");
            match found {
                Err(failed) => return self.not_made(claimed, failed, None, rules, worked).await,
                Ok(mut places) if !places.is_empty() => {
                    let first = places.remove(0);
                    worked.found.push(claimed.case);
                    self.made(claimed, first, places, rules).await?;
                    return Ok(Go::On);
                }
                Ok(_) => match self.nothing_found(&claimed, lag, rules.clone()).await? {
                    NotFound::Wait => return Ok(Go::On),
                    NotFound::GiveUp => {
                        worked.fallen_back.push(claimed.case);
                        return Ok(Go::On);
                    }
                    NotFound::Create => {}
                },
            }
        }
        let (intended, draft) = match self.intend(&claimed).await? {
            Intent::Create(both) => *both,
            Intent::Unwanted => {
                worked.changed.push(claimed.case);
                return Ok(Go::On);
            }
            Intent::NotOurs => return Ok(Go::On),
        };
        fault::point("ticket.intended");
        let made = calling::create(&bound, &draft).await;
        fault::point("ticket.sent");
        match made {
            Ok(place) => {
                worked.made.push(claimed.case);
                self.made(intended, place, Vec::new(), rules).await?;
                fault::point("ticket.made");
                Ok(Go::On)
            }
            // What was uncertain before was found out before anything was sent.
            Err(failed) => {
                self.not_made(intended, failed, Some(None), rules, worked)
                    .await
            }
        }
    }

    /// Stores that a ticket is about to be made: from now on nobody knows whether it is there. What is
    /// not wanted any more is let go instead: nobody there shall do it.
    async fn intend(&self, claimed: &Ticket) -> Result<Intent, HostError> {
        let configuration = self.inner.configuration.clone();
        let (claimed, now) = (claimed.clone(), self.now());
        let intended = self
            .inner
            .store
            .update(move |work| {
                let Some(mut ticket) = still_ours(work, &claimed)? else {
                    return Ok::<_, HostError>(Err(Intent::NotOurs));
                };
                if is_unwanted(work, &configuration, ticket.case, None)? {
                    ticket.end();
                    work.save_ticket(&ticket)?;
                    let why = format!("{NOT_WANTED}, and there is no ticket");
                    withdrawn(work, &configuration, &ticket, &why, now)?;
                    return Ok(Err(Intent::Unwanted));
                }
                ticket.begin_to_create(now);
                work.save_ticket(&ticket)?;
                // What is wanted otherwise from now on waits behind it.
                each_account(
                    work,
                    &configuration,
                    ticket.case,
                    Actor::Engine,
                    now,
                    |account, case| {
                        account.set_claimed(case, true);
                    },
                )?;
                Ok(Ok(ticket))
            })
            .await?;
        let ticket = match intended {
            Ok(ticket) => ticket,
            Err(other) => return Ok(other),
        };
        let draft = self.inner.store.read(|view| {
            let (resource, used) = self.ticket_use(&ticket)?;
            self.draft(view, &ticket, resource, used)
        })?;
        Ok(Intent::Create(Box::new((ticket, draft))))
    }

    /// Nothing was found: whether it is to be made now.
    async fn nothing_found(
        &self,
        claimed: &Ticket,
        lag: std::time::Duration,
        rules: TicketRules,
    ) -> Result<NotFound, HostError> {
        let configuration = self.inner.configuration.clone();
        let (claimed, now) = (claimed.clone(), self.now());
        self.inner
            .store
            .update(move |work| {
                answered(work, &claimed.system, now)?;
                let Some(mut ticket) = still_ours(work, &claimed)? else {
                    return Ok(NotFound::Wait);
                };
                let next = ticket.not_found(lag, &rules, now);
                work.save_ticket(&ticket)?;
                if next == NotFound::GiveUp {
                    give_up(work, &configuration, &ticket, now)?;
                }
                Ok(next)
            })
            .await
    }

    /// The ticket is there: its operations are with people. Others that were found with the same id
    /// are for a person to look at.
    async fn made(
        &self,
        claimed: Ticket,
        place: TicketPlace,
        others: Vec<TicketPlace>,
        rules: TicketRules,
    ) -> Result<(), HostError> {
        let configuration = self.inner.configuration.clone();
        let now = self.now();
        self.inner
            .store
            .update(move |work| {
                answered(work, &claimed.system, now)?;
                let Some(mut ticket) = still_ours(work, &claimed)? else {
                    // Somebody took the work over meanwhile; the ticket is not lost sight of.
                    if let Some(mut ticket) = work.ticket(claimed.case)?
                        && ticket.place.is_none()
                    {
                        ticket.attention = Some(format!("{} was made all the same", place.number));
                        ticket.place = Some(place);
                        work.save_ticket(&ticket)?;
                    }
                    return Ok(());
                };
                let how = format!("as {} in {}", place.number, ticket.system);
                ticket.created(place, &rules, now);
                if !others.is_empty() {
                    let numbers: Vec<&str> =
                        others.iter().map(|place| place.number.as_str()).collect();
                    ticket.attention = Some(format!(
                        "{} carry its id too: close them",
                        numbers.join(", ")
                    ));
                }
                work.save_ticket(&ticket)?;
                each_account(
                    work,
                    &configuration,
                    ticket.case,
                    Actor::Engine,
                    now,
                    |account, case| {
                        account.reach(case, true, &how, now);
                    },
                )
            })
            .await
    }

    /// Making it, or looking for it, did not succeed. `before` is what was uncertain before the
    /// attempt; without, nothing was attempted.
    async fn not_made(
        &self,
        claimed: Ticket,
        failed: Failed,
        before: Option<Option<Timestamp>>,
        rules: TicketRules,
        worked: &mut Worked,
    ) -> Result<Go, HostError> {
        let configuration = self.inner.configuration.clone();
        let (case, now) = (claimed.case, self.now());
        worked.failed.push((case, failed.trouble.message.clone()));
        let (go, given_up) = self
            .inner
            .store
            .update(move |work| {
                let go = not_answered(work, &claimed.system, &failed, now)?;
                let Some(mut ticket) = still_ours(work, &claimed)? else {
                    return Ok::<_, HostError>((go, false));
                };
                let given_up = match before {
                    Some(before) => ticket.not_created(&failed.trouble, before, &rules, now),
                    None => ticket.not_asked(&failed.trouble, &rules, now),
                };
                work.save_ticket(&ticket)?;
                if given_up {
                    give_up(work, &configuration, &ticket, now)?;
                } else if ticket.uncertain_since.is_none() {
                    // There is certainly none: what is wanted otherwise need not wait behind it.
                    each_account(
                        work,
                        &configuration,
                        ticket.case,
                        Actor::Engine,
                        now,
                        |account, case| {
                            account.set_claimed(case, false);
                        },
                    )?;
                }
                Ok((go, given_up))
            })
            .await?;
        if given_up {
            worked.failed.retain(|(failed, _)| *failed != case);
            worked.fallen_back.push(case);
        }
        Ok(go)
    }
}

/// No ticket could be made: our own operators get the work.
fn give_up(
    work: &mut Work<'_>,
    configuration: &Configuration,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<(), HostError> {
    let problem = ticket
        .problem
        .as_deref()
        .unwrap_or("it was not found there");
    let why = format!(
        "no ticket could be made in {} in {} attempts: {problem}",
        ticket.system, ticket.attempts
    );
    fall_back(work, configuration, ticket, &why, Actor::Engine, now)
}
