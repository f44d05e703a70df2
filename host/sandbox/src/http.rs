//! The interface `http` of the contract: counts what a run asks for, and hands it to its egress.

use std::time::Duration;

use crate::bindings::mapping::provisor::connector::types;
use crate::bindings::ticketing::provisor::connector::http::{Host, Request, Response};
use crate::call::HttpReport;
use crate::egress::{Asked, Refusal, origin_of};
use crate::error::FailureKind;
use crate::limits::LAST_WORDS;
use crate::state::{Breach, State};

/// What a run has used of other systems.
#[derive(Debug, Default)]
pub(crate) struct HttpUse {
    /// Requests of the present call.
    requests: u32,
    pub report: HttpReport,
}

impl HttpUse {
    /// A new call begins.
    pub fn restart(&mut self) {
        self.requests = 0;
    }
}

impl Host for State {
    async fn send(
        &mut self,
        request: Request,
    ) -> wasmtime::Result<Result<Response, types::Failure>> {
        let Some(egress) = self.call.egress.clone() else {
            self.denied = origin_of(&request.url);
            let message = "it may reach no system; if it should, add a reach with the origin";
            return Err(Breach::Denied(message.to_owned()).into());
        };
        if self.http.requests >= egress.limits().requests {
            return Err(Breach::Limit("requests").into());
        }
        self.http.requests += 1;
        let body = request.body.unwrap_or_default();
        let bytes = body.len() as u64;
        let url = request.url.clone();
        let asked = Asked {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body,
        };
        let done = egress.send(asked, time(self.meter.remaining())).await;
        let report = &mut self.http.report;
        if done.sent {
            report.bytes_sent += bytes;
            report.changing += u64::from(!done.safe);
        }
        match done.answer {
            Ok(answer) => {
                report.requests += 1;
                report.bytes_received += answer.body.len() as u64;
                let class = usize::from(answer.status / 100).checked_sub(1);
                if let Some(number) = class.and_then(|class| report.answers.get_mut(class)) {
                    *number += 1;
                }
                Ok(Ok(Response {
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                }))
            }
            Err(Refusal::Denied(what)) => {
                self.denied = origin_of(&url);
                Err(Breach::Denied(what).into())
            }
            Err(Refusal::Limit(which)) => Err(Breach::Limit(which).into()),
            Err(Refusal::Failure {
                kind,
                message,
                retry_after,
            }) => {
                report.requests += 1;
                Ok(Err(types::Failure {
                    kind: to_guest(kind),
                    message,
                    position: None,
                    retry_after,
                }))
            }
        }
    }
}

/// How long a request may take when the call has so much time left: a component that is told of a
/// request that took too long can still say so.
fn time(left: Duration) -> Duration {
    left.saturating_sub(LAST_WORDS.min(left / 10))
}

fn to_guest(kind: FailureKind) -> types::FailureKind {
    match kind {
        FailureKind::Configuration => types::FailureKind::Configuration,
        FailureKind::Unauthorized => types::FailureKind::Unauthorized,
        FailureKind::Unavailable => types::FailureKind::Unavailable,
        FailureKind::RateLimited => types::FailureKind::RateLimited,
        FailureKind::Ambiguous => types::FailureKind::Ambiguous,
        FailureKind::NotFound => types::FailureKind::NotFound,
        FailureKind::Conflict => types::FailureKind::Conflict,
        FailureKind::Rejected => types::FailureKind::Rejected,
        FailureKind::Malformed => types::FailureKind::Malformed,
        FailureKind::Unsupported => types::FailureKind::Unsupported,
    }
}
