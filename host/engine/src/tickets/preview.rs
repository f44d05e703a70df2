//! What tickets say, or would say; nothing is sent.

use provisor_model::{Case, CaseId, CaseItem, CorrelationId, OperationId, Ticket};
use provisor_sandbox::Draft;

use super::keeps_no_tickets;
use crate::cases::resource_of;
use crate::{Host, HostError};

impl Host {
    /// What a ticket about this case says, or said when it was made; nothing is sent. A case that
    /// is no ticket is shown as it would be.
    pub fn preview_ticket(&self, case: CaseId) -> Result<Draft, HostError> {
        self.inner.store.read(|view| {
            let shown = view
                .case(case)?
                .ok_or_else(|| HostError::unknown("case", case))?;
            shown.ensure_work()?;
            let ticket = match view.ticket(case)? {
                Some(ticket) => ticket,
                None => {
                    let resources = shown.resources();
                    let used = resources
                        .iter()
                        .filter_map(|name| self.resource(name.as_str()).ok())
                        .find_map(|resource| Some((resource, resource.tickets.as_ref()?)));
                    let Some((resource, used)) = used else {
                        return Err(HostError::Unknown {
                            what: "ticket system for",
                            name: case.to_string(),
                            hint: ": its resource keeps no tickets".to_owned(),
                        });
                    };
                    let installation = self.inner.store.installation();
                    let correlation = CorrelationId::of_case(installation, case);
                    Ticket::new(
                        case,
                        used.system.clone(),
                        resource.name.clone(),
                        correlation,
                        self.now(),
                    )
                }
            };
            let (resource, used) = self.ticket_use(&ticket)?;
            self.draft(view, &ticket, resource, used)
        })
    }

    /// What a ticket about an operation would say that has not gone out yet.
    pub fn preview_operation(&self, operation: OperationId) -> Result<Draft, HostError> {
        self.inner.store.read(|view| {
            let unknown = || HostError::unknown("operation", operation);
            let account = view
                .account_if(view.account_of_operation(operation)?)?
                .ok_or_else(unknown)?;
            let resource = resource_of(&self.inner.configuration, &account)?;
            let waiting = account.operation(operation).ok_or_else(unknown)?;
            let used = resource
                .tickets
                .as_ref()
                .ok_or_else(|| keeps_no_tickets(resource))?;
            if let Some(case) = waiting.case {
                return Err(HostError::Unknown {
                    what: "operation that waits called",
                    name: operation.to_string(),
                    hint: format!(": it went out; preview {case}"),
                });
            }
            let mut case = Case::new(CaseId(0), resource.operators.clone(), self.now());
            let item = CaseItem {
                resource: account.resource.clone(),
                account: account.id,
                identifier: account.identifier.clone(),
                kind: waiting.delta.kind(&resource.rules.schema),
            };
            case.items.insert(operation, item);
            case.priority = waiting.obligations.priority;
            let installation = self.inner.store.installation();
            let ticket = Ticket::new(
                case.id,
                used.system.clone(),
                resource.name.clone(),
                CorrelationId::of_case(installation, case.id),
                self.now(),
            );
            self.draft_of(view, case, &ticket, resource, used)
        })
    }
}
