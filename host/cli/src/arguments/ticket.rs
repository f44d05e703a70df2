//! What can be typed about tickets.

use clap::Subcommand;
use provisor::model::{PersonName, ResourceName, TicketState, TicketSystemName};

#[derive(Debug, Subcommand)]
pub enum TicketCommand {
    /// Tickets, the newest first, and how the systems that keep them are doing.
    List {
        /// Only in this system.
        #[arg(long)]
        system: Option<TicketSystemName>,
        /// Only of this resource.
        #[arg(long)]
        resource: Option<ResourceName>,
        /// Only those in this state.
        #[arg(long, value_parser = state)]
        state: Option<TicketState>,
        /// Only those that somebody should look at.
        #[arg(long)]
        attention: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// How a ticket stands, and what is done about it next.
    Show {
        /// Its number in the other system, or its case.
        ticket: String,
    },
    /// What a ticket says, or would say; nothing is sent.
    Preview {
        /// A case such as case-7, a ticket by its number, or an operation such as op-12.
        work: String,
    },
    /// Ask the ticket system whether everything is there that tickets of a resource need.
    Check {
        /// The resource.
        resource: String,
    },
    /// Let your own operators do the work in its case from now on.
    TakeOver {
        /// Its number in the other system, or its case.
        ticket: String,
        /// Who takes it over.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Let it be looked at, or its making be tried, with the next `provisor run`, whatever pause its
    /// system has.
    Hurry {
        /// Its number in the other system, or its case.
        ticket: String,
    },
}

fn state(text: &str) -> Result<TicketState, String> {
    let found = TicketState::ALL
        .into_iter()
        .find(|state| state.as_str() == text);
    found.ok_or_else(|| {
        let names = TicketState::ALL.map(TicketState::as_str);
        format!("there are {}", names.join(", "))
    })
}
