//! What can be typed about notifications.

use clap::Subcommand;
use provisor::model::{DeliveryState, NotificationId, PersonName, SinkName};

#[derive(Debug, Subcommand)]
pub enum NotificationCommand {
    /// Notifications, the newest first.
    List {
        /// Only those through this sink.
        #[arg(long)]
        sink: Option<SinkName>,
        /// Only those about this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Only those that have got so far.
        #[arg(long, value_parser = delivery_state)]
        state: Option<DeliveryState>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One notification: what it tells, to whom, and why it has not got there.
    Show {
        /// Its number.
        notification: NotificationId,
    },
    /// Try again with the next run, as often as if it were new.
    Retry {
        /// Their numbers.
        #[arg(required = true)]
        notifications: Vec<NotificationId>,
    },
    /// Do not try again.
    Discard {
        /// Their numbers.
        #[arg(required = true)]
        notifications: Vec<NotificationId>,
        /// Who says so.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
}

fn delivery_state(text: &str) -> Result<DeliveryState, String> {
    let states = DeliveryState::ALL;
    states
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| {
            let names = states.map(DeliveryState::as_str);
            format!("the states are {}", names.join(", "))
        })
}
