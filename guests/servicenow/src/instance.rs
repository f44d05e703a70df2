//! The calls of the Table API.

use provisor_sdk::{Failure, Http, Method, Request, Response, Ticket};
use serde_json::{Map, Value};

use crate::answer;
use crate::query::Query;
use crate::record::Record;
use crate::reference::{Reference, SysId};

/// How many records one page of a list has.
pub const PAGE: usize = 100;

/// One instance of ServiceNow.
#[derive(Debug, Clone)]
pub struct Instance {
    url: String,
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The records that the account may see.
    pub records: Vec<Record>,
    /// How many records there are on all pages together, also those that it may not see; `None`
    /// when the instance does not say.
    pub total: Option<usize>,
}

impl Instance {
    /// The instance at this address.
    pub fn new(url: &str) -> Self {
        Instance {
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    /// Where a person looks at a record.
    pub fn page_of(&self, reference: &Reference) -> String {
        let target = format!("{}.do?sys_id={}", reference.table, reference.sys_id);
        Request::new(Method::Get, &self.url, ["nav_to.do"])
            .query("uri", &format!("/{target}"))
            .url
    }

    /// A ticket as it is handed out.
    pub fn ticket(&self, reference: &Reference) -> Ticket {
        Ticket {
            reference: reference.write(),
            number: reference.number.clone(),
            url: Some(self.page_of(reference)),
        }
    }

    /// A page of at most `limit` records from `offset` on.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn list(
        &self,
        http: &Http,
        table: &str,
        query: &Query,
        fields: &[&str],
        (offset, limit): (usize, usize),
    ) -> Result<Page, Failure> {
        let request = self
            .request(Method::Get, &[table], fields)
            .query("sysparm_query", query.as_str())
            .query("sysparm_limit", &limit.to_string())
            .query("sysparm_offset", &offset.to_string())
            .query("sysparm_suppress_pagination_header", "true");
        let response = http.send(&request)?;
        let total = response
            .header("x-total-count")
            .and_then(|total| total.trim().parse().ok());
        Ok(Page {
            records: answer::list(&response).map_err(answer::address_must_exist)?,
            total,
        })
    }

    /// One record.
    ///
    /// # Errors
    /// `not-found` when there is none or the account may not see it.
    pub fn read(
        &self,
        http: &Http,
        table: &str,
        sys_id: &SysId,
        fields: &[&str],
    ) -> Result<Record, Failure> {
        let request = self.request(Method::Get, &[table, sys_id.as_str()], fields);
        answer::one(&http.send(&request)?)
    }

    /// What was written about a record, newest first, as people see it.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn journal(&self, http: &Http, reference: &Reference) -> Result<String, Failure> {
        let path = [reference.table.as_str(), reference.sys_id.as_str()];
        let field = "comments_and_work_notes";
        let request = self.shown(Method::Get, &path, &[field], "true");
        Ok(answer::one(&http.send(&request)?)?.get(field).to_owned())
    }

    /// Makes a record.
    ///
    /// # Errors
    /// `ambiguous` when it may have been made.
    pub fn make(
        &self,
        http: &Http,
        table: &str,
        values: &Map<String, Value>,
        fields: &[&str],
    ) -> Result<Record, Failure> {
        let request = self
            .request(Method::Post, &[table], fields)
            .query("sysparm_input_display_value", "false")
            .json(values);
        let response = http.send(&request)?;
        answer::one(&response).map_err(answer::address_must_exist)
    }

    /// Changes a record. The answer tells what it holds then; `display` is whether as people see
    /// it, which is the only way to see journals.
    ///
    /// # Errors
    /// `ambiguous` when it may have been changed.
    pub fn change(
        &self,
        http: &Http,
        reference: &Reference,
        values: &Map<String, Value>,
        fields: &[&str],
        display: bool,
    ) -> Result<Response, Failure> {
        let path = [reference.table.as_str(), reference.sys_id.as_str()];
        let display = if display { "true" } else { "false" };
        let request = self
            .shown(Method::Patch, &path, fields, display)
            .query("sysparm_input_display_value", "false")
            .json(values);
        http.send(&request)
    }

    fn request(&self, method: Method, path: &[&str], fields: &[&str]) -> Request {
        self.shown(method, path, fields, "false")
    }

    fn shown(&self, method: Method, path: &[&str], fields: &[&str], display: &str) -> Request {
        let path = ["api", "now", "v2", "table"].iter().chain(path).copied();
        Request::new(method, &self.url, path)
            // Without it some versions answer 400, whether there is content or not.
            .header("content-type", "application/json")
            .query("sysparm_display_value", display)
            .query("sysparm_exclude_reference_link", "true")
            .query("sysparm_fields", &fields.join(","))
    }
}
