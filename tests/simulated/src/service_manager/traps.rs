//! What surprises clients, and what differs between sites.

/// What differs between sites and versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traps {
    /// The status of an answer that refuses a record: sites have seen 200 and 400. Default: 200.
    pub refusal_status: u16,
    /// Whether no two records may carry the same correlation id. Default: no.
    pub unique_correlation: bool,
    /// How many records one answer holds at most, whatever is asked for. Default: 1,000.
    pub most_rows: usize,
    /// Whether queries are taken for no query at all. Default: no.
    pub queries_ignored: bool,
    /// Whether answers tell how many records there are in all. Default: yes.
    pub counts_all: bool,
    /// Whether a query without a result is answered with status 200 and an empty list instead of 404.
    /// Default: no.
    pub empty_is_success: bool,
    /// Whether a record that the account may not see is said not to be there. Default: no.
    pub hidden_is_missing: bool,
    /// Whether the field for the correlation id is taken and asked for, but not shown. Default: no.
    pub correlation_unseen: bool,
    /// Whether every update must name somebody who works on the record. Default: no.
    pub assignee_demanded: bool,
    /// Whether actions answer success and do nothing. Default: no.
    pub actions_idle: bool,
}

impl Default for Traps {
    fn default() -> Self {
        Traps {
            refusal_status: 200,
            unique_correlation: false,
            most_rows: 1_000,
            queries_ignored: false,
            counts_all: true,
            empty_is_success: false,
            hidden_is_missing: false,
            correlation_unseen: false,
            assignee_demanded: false,
            actions_idle: false,
        }
    }
}
