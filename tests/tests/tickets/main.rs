//! The rows T of the scenarios, for each of the components that keep tickets, against simulated
//! systems that misbehave; and with one of them what is the engine's alone.

mod desk;
mod ends;
mod limits;
mod rows;
mod systems;
mod taken_away;
mod texts;
mod uncertain;

/// One test for each row.
macro_rules! tests {
    ($system:ident: $($row:ident),*) => {$(
        #[tokio::test]
        async fn $row() {
            rows::$row(&systems::$system).await;
        }
    )*};
}
/// All rows for each system.
macro_rules! rows_of {
    ($($name:ident => $system:ident;)*) => {$(
        mod $name {
            use super::{rows, systems};
            tests!($system: t1, t2, t2_without_reader, t3, t4, t5, t5_never_arrived, t6, t6_known, t7,
                t8, t9, t10, t10_verified, t11, taken_back, wanted_again, follow_up, unauthorized_for_a_while,
                left_alone, replaced, hidden_for_a_while);
        }
    )*};
}

rows_of! {
    jira_cloud => JIRA_CLOUD;
    jira_data_center => JIRA_DATA_CENTER;
    remedy => REMEDY;
    request_tracker => REQUEST_TRACKER;
    service_manager => SERVICE_MANAGER;
    servicenow => SERVICENOW;
}
