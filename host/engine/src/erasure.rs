//! A person's right to be forgotten.

use provisor_model::{AccountId, CaseId, IdentityId, PersonName};
use provisor_store::CaseFilter;

use crate::cases::{check_words, resource_of};
use crate::host::{Actor, save};
use crate::{Host, HostError};

/// What was erased of an identity.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Erased {
    /// Whether its attributes were known.
    pub known: bool,
    /// Its accounts, of which only the number is left.
    pub accounts: Vec<AccountId>,
    /// Texts of the history.
    pub texts: u64,
    /// Log lines of components.
    pub log_lines: u64,
    /// Cases in which its accounts were named.
    pub cases: Vec<CaseId>,
    /// Notifications of its cases and operations. What has left the house stays outside.
    pub notifications: u64,
    /// Whether the file was written anew, so that nothing is left in its free room. If not, the
    /// same call does it when nobody else uses the database.
    pub compacted: bool,
}

/// Cases of one account that are looked at.
const CASES: usize = 100_000;

impl Host {
    /// Removes what is personal of an identity: its attributes, its accounts' names and values, what
    /// operations asked for, the notifications of it, its own texts of the history and all others that
    /// name it, what exports quote of its rows, what was read of its tickets, log lines of components
    /// that name it, and what was recorded for trying other versions of components. That something
    /// happened, when and of which kind, stays, and the history still verifies. Exports are kept as
    /// evidence of all accounts, and attachments as evidence of cases; they are not touched.
    ///
    /// # Errors
    ///
    /// [`HostError::Alive`] while one of its accounts exists, is wanted, or has something under way.
    pub async fn erase_identity(
        &self,
        identity: &IdentityId,
        by: &PersonName,
        why: &str,
    ) -> Result<Erased, HostError> {
        check_words("the reason for erasing", why)?;
        let configuration = self.inner.configuration.clone();
        let (identity, by, why) = (identity.clone(), by.clone(), why.to_owned());
        let now = self.now();
        self.inner.journal.written().await;
        let mut erased = self
            .inner
            .store
            .update(move |work| {
                let mut accounts = Vec::new();
                for id in work.accounts_of(&identity)? {
                    accounts.extend(work.account(id)?);
                }
                for account in &accounts {
                    let resource = resource_of(&configuration, account)?;
                    if let Some(why) = account.alive(&resource.rules) {
                        return Err(HostError::Alive {
                            identity: identity.clone(),
                            resource: account.resource.clone(),
                            identifier: account.identifier.clone(),
                            why,
                        });
                    }
                }
                let mut erased = Erased {
                    known: false,
                    accounts: Vec::new(),
                    texts: 0,
                    log_lines: 0,
                    cases: Vec::new(),
                    notifications: 0,
                    compacted: false,
                };
                let mut called = vec![identity.to_string()];
                for mut account in accounts {
                    let resource = resource_of(&configuration, &account)?;
                    let names = account.known_names(&resource.rules);
                    called.extend(names.iter().cloned());
                    let schema = &resource.rules.schema;
                    let keys: Vec<String> = names
                        .iter()
                        .map(|name| schema.identifier_key(name))
                        .collect();
                    let mut words = names;
                    words.push(identity.to_string());
                    let stand_in = format!("erased-{}", account.id.0);
                    for mut case in work.cases(&CaseFilter {
                        account: Some(account.id),
                        limit: CASES,
                        ..CaseFilter::default()
                    })? {
                        for item in case.items.values_mut() {
                            if item.account == account.id {
                                item.identifier.clone_from(&stand_in);
                            }
                        }
                        let question = case.question.iter_mut();
                        for question in question.filter(|one| one.account == account.id) {
                            question.identifier.clone_from(&stand_in);
                        }
                        for attachment in &mut case.attachments {
                            "(erased)".clone_into(&mut attachment.name);
                        }
                        work.save_case(&case)?;
                        if let Some(mut ticket) = work.ticket(case.id)? {
                            ticket.erase();
                            work.save_ticket(&ticket)?;
                        }
                        erased.cases.push(case.id);
                    }
                    let operations: Vec<_> = account.operations.iter().map(|one| one.id).collect();
                    erased.notifications += work.erase_notifications(&erased.cases, &operations)?;
                    erased.texts += work.erase_texts(account.id)?;
                    erased.texts += work.erase_mentions(&account.resource, &words, &keys)?;
                    erased.log_lines += work.erase_component_lines(&account.resource, &words)?;
                    work.release_names(account.id)?;
                    account.erase(&stand_in, &by, &why);
                    save(work, &mut account, resource, now, Actor::Person(&by))?;
                    erased.accounts.push(account.id);
                }
                work.erase_recorded(&erased.accounts, &called)?;
                erased.known = work.erase_identity(&identity)?;
                work.erase_party(identity.as_str())?;
                for (person, own) in &configuration.identities {
                    if *own == identity {
                        work.erase_party(person.as_str())?;
                    }
                }
                Ok(erased)
            })
            .await?;
        let store = self.inner.store.clone();
        let compacted = tokio::task::spawn_blocking(move || store.compact());
        erased.compacted = matches!(compacted.await, Ok(Ok(())));
        Ok(erased)
    }
}
