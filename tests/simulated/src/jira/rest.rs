//! The REST API: version 3 on Cloud, version 2 on a Data Center.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::field::{self, Errors, PRIORITIES, TYPES};
use super::shape;
use super::site::{BOT, Cancel, Kind, Site};
use super::workflow;
use crate::{Request, Response};

/// Answers a request.
pub(crate) fn answer(site: &mut Site, request: &Request) -> Response {
    let Some(path) = request.path.strip_prefix(site.setup.path.as_str()) else {
        return outside();
    };
    let path = Request::new(&request.method, path, vec![], vec![], request.now).segments();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let version = match site.kind {
        Kind::Cloud => "3",
        Kind::DataCenter => "2",
    };
    let path = match path.split_first_chunk() {
        Some((["rest", "api", asked], rest)) if *asked == version || *asked == "latest" => rest,
        _ => return outside(),
    };
    let host = request.header("host").unwrap_or("jira.example.com");
    let base = format!("http://{host}{}/rest/api/{version}", site.setup.path);
    if request.method == "GET" && path == ["serverInfo"] {
        return server_info(site, request, &base);
    }
    if let Err(response) = authenticate(site, request) {
        return response;
    }
    Call { request, base }.answer(site, path)
}

/// What stands before Jira, or beside its API.
pub(super) fn outside() -> Response {
    Response::text(
        404,
        "text/html",
        "<html><body>Oops, you&#39;ve found a dead link.</body></html>",
    )
}

/// An error in the words of Jira.
pub(super) fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "errorMessages": [message], "errors": {} }))
}

pub(super) fn errors(errors: Errors) -> Response {
    Response::json(400, &json!({ "errorMessages": [], "errors": errors }))
}

fn server_info(site: &Site, request: &Request, base: &str) -> Response {
    let (kind, version, numbers) = match site.kind {
        Kind::Cloud => ("Cloud", "1001.0.0-SNAPSHOT", [1001, 0, 0]),
        Kind::DataCenter => ("Server", "10.3.1", [10, 3, 1]),
    };
    Response::json(
        200,
        &json!({
            "baseUrl": base.split("/rest/").next(), "version": version, "versionNumbers": numbers,
            "deploymentType": kind, "buildNumber": 100_300, "serverTitle": "Jira",
            "serverTime": super::site::time(request.now), "scmInfo": "0",
            "buildDate": "2026-01-01T00:00:00.000+0000",
        }),
    )
}

/// Whether the credentials are those of the account of the component.
fn authenticate(site: &Site, request: &Request) -> Result<(), Response> {
    let given = request.header("authorization").unwrap_or("");
    let basic = STANDARD.encode(format!("{}:{}", site.user, site.password));
    let by_password = given == format!("Basic {basic}");
    let by_token = site.kind == Kind::DataCenter && given == format!("Bearer {}", site.password);
    match (by_password || by_token, site.kind) {
        (true, _) => Ok(()),
        (false, Kind::Cloud) => Err(Response::json(
            401,
            &json!({
                "message": "Client must be authenticated to access this resource.",
                "status-code": 401,
            }),
        )),
        (false, Kind::DataCenter) => Err(Response::text(
            401,
            "text/html",
            "<html><head><title>Unauthorized (401)</title></head><body></body></html>",
        )
        .with("x-seraph-loginreason", "AUTHENTICATED_FAILED")),
    }
}

pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    /// Where the API begins, for the addresses in answers.
    pub(super) base: String,
}

impl Call<'_> {
    fn answer(&self, site: &mut Site, path: &[&str]) -> Response {
        match (self.request.method.as_str(), path) {
            ("GET", ["myself"]) => match site.setup.login_counts {
                true => Response::json(200, &shape::user(site, BOT, &self.base)),
                false => error(
                    401,
                    "You are not authenticated. Authentication required to perform this operation.",
                ),
            },
            ("GET", ["mypermissions"]) => self.permissions(site),
            ("GET", ["project", project]) => match visible(site, project) {
                Some(at) => Response::json(200, &shape::project(&site.projects[at], &self.base)),
                None => error(
                    404,
                    &format!("No project could be found with key '{project}'."),
                ),
            },
            ("GET", ["project", project, "statuses"]) => self.statuses(site, project),
            ("GET", ["field"]) => Response::json(200, &json!(field::all())),
            ("GET", ["priority"]) => Response::json(200, &field::named(&PRIORITIES)),
            ("GET", ["issueLinkType"]) => Response::json(
                200,
                &json!({ "issueLinkTypes": [
                    { "id": "10000", "name": "Relates", "inward": "relates to", "outward": "relates to",
                      "self": format!("{}/issueLinkType/10000", self.base) },
                ] }),
            ),
            ("POST", ["issueLink"]) => self.link(site),
            ("GET", ["issue", "createmeta", project, "issuetypes"]) => {
                let types = TYPES.iter().map(|kind| shape::issue_type(kind, &self.base));
                self.listed(site, project, "issueTypes", types.collect())
            }
            ("GET", ["issue", "createmeta", project, "issuetypes", _]) => {
                self.listed(site, project, "fields", field::screen(&site.setup))
            }
            ("POST", ["issue"]) => self.create(site),
            ("POST", ["issue", "bulkfetch"]) if site.kind == Kind::Cloud => self.bulk(site),
            ("GET" | "POST", ["search", "jql"]) if site.kind == Kind::Cloud => {
                self.search_tokens(site)
            }
            (_, ["search"]) if site.kind == Kind::Cloud => error(
                410,
                "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.",
            ),
            ("GET" | "POST", ["search"]) => self.search_places(site),
            (_, ["issue", issue, rest @ ..]) => self.on_issue(site, issue, rest),
            _ => outside(),
        }
    }

    pub(super) fn json(&self) -> Value {
        self.request.json().unwrap_or_default()
    }

    /// The values of a parameter that may be repeated, or hold several with commas.
    pub(super) fn parameters(&self, name: &str) -> Vec<String> {
        let values = self.request.query.iter().filter(|(known, _)| known == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn number(&self, name: &str, otherwise: usize) -> usize {
        let value = self.request.parameter(name);
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or(otherwise)
    }

    fn permissions(&self, site: &Site) -> Response {
        let asked = self.parameters("permissions");
        if asked.is_empty() && site.kind == Kind::Cloud {
            return error(400, "Permissions parameter is required.");
        }
        let key = self.request.parameter("projectKey");
        let project = key.or(self.request.parameter("projectId"));
        let known = project.is_none_or(|project| {
            let mut projects = site.projects.iter();
            projects.any(|one| one.key == project || one.id == project)
        });
        if !known {
            return error(404, "No project could be found.");
        }
        let may = project.is_none_or(|project| visible(site, project).is_some());
        let permissions: Map<String, Value> = asked
            .iter()
            .map(|name| {
                let about = json!({
                    "id": "10", "key": name, "name": name, "type": "PROJECT", "description": "",
                    "havePermission": may && site.setup.login_counts,
                });
                (name.clone(), about)
            })
            .collect();
        Response::json(200, &json!({ "permissions": permissions }))
    }

    fn statuses(&self, site: &Site, project: &str) -> Response {
        if visible(site, project).is_none() {
            return error(
                404,
                &format!("No project could be found with key '{project}'."),
            );
        }
        let absent = site.setup.cancel == Cancel::Absent;
        let statuses: Vec<Value> = workflow::statuses()
            .iter()
            .filter(|status| !absent || !["Cancelled", "Declined"].contains(&status.name.as_str()))
            .map(|status| status.json(&self.base))
            .collect();
        let types = TYPES.iter().map(|kind| {
            let (id, name, subtask) = kind;
            json!({
                "self": format!("{}/issuetype/{id}", self.base), "id": id, "name": name,
                "subtask": subtask, "statuses": statuses,
            })
        });
        Response::json(200, &types.collect())
    }

    /// A page of what a project has, under the name that each kind of Jira gives to it.
    fn listed(&self, site: &Site, project: &str, name: &str, all: Vec<Value>) -> Response {
        if visible(site, project).is_none() {
            return error(
                404,
                &format!("No project could be found with key '{project}'."),
            );
        }
        let (start, most) = (self.number("startAt", 0), self.number("maxResults", 50));
        let name = match site.kind {
            Kind::Cloud => name,
            Kind::DataCenter => "values",
        };
        // Small pages, so that nobody forgets that there can be further ones.
        let most = most.min(5);
        let page: Vec<&Value> = all.iter().skip(start).take(most).collect();
        Response::json(
            200,
            &json!({
                "startAt": start, "maxResults": most, "total": all.len(),
                "isLast": start + page.len() >= all.len(), name: page,
            }),
        )
    }
}

/// The place of a project whose tickets the account may see.
pub(super) fn visible(site: &Site, project: &str) -> Option<usize> {
    let mut projects = site.projects.iter();
    projects.position(|one| {
        let called = one.key == project || one.id == project;
        called && one.visible && site.setup.login_counts
    })
}
