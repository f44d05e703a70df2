//! How answers go wrong, whatever the product.

use serde::{Deserialize, Serialize};

use crate::{Reply, Request, Response};

/// How an answer goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fault")]
pub enum Fault {
    /// The product never sees the request; this is answered.
    Instead {
        /// The status.
        status: u16,
        /// Header fields.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The content.
        #[serde(default)]
        body: String,
    },
    /// The product does as it is told, and the connection closes without an answer.
    LoseAnswer,
    /// The product never sees the request, and the connection closes without an answer.
    LoseRequest,
    /// Nothing is sent: nobody takes the connection, or the certificate is not believed. On the
    /// loopback interface, where the connection stands already, the same as `LoseRequest`.
    Unreachable {
        /// Which of it, in words.
        why: String,
    },
    /// The product does as it is told, and only so many bytes of the content arrive.
    Cut {
        /// Bytes of the content that arrive.
        after: usize,
    },
    /// The product does as it is told, and the answer begins so much later.
    Late {
        /// Milliseconds.
        milliseconds: u64,
    },
    /// The product does as it is told, and the content comes one byte at a time.
    Drip {
        /// Milliseconds between two bytes.
        milliseconds: u64,
    },
    /// The content never ends.
    Endless,
    /// The product does as it is told, and something that is no JSON arrives with its status.
    Garbled,
}

impl Fault {
    /// Too many requests; `retry_after` in seconds, if it is said.
    pub fn too_many(retry_after: Option<u32>) -> Self {
        Fault::Instead {
            status: 429,
            headers: retry_after
                .map(|seconds| ("retry-after".to_owned(), seconds.to_string()))
                .into_iter()
                .collect(),
            body: String::new(),
        }
    }

    /// This status, with nothing to say.
    pub fn status(status: u16) -> Self {
        Fault::Instead {
            status,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// What comes of a request that the product never sees; `None` when it sees it.
    pub fn instead(&self) -> Option<Reply> {
        match self {
            Fault::Instead {
                status,
                headers,
                body,
            } => Some(Reply::Answer(Response {
                status: *status,
                headers: headers.clone(),
                body: body.clone().into_bytes(),
            })),
            Fault::LoseRequest => Some(Reply::Lost),
            Fault::Unreachable { why } => Some(Reply::Unreachable(why.clone())),
            _ => None,
        }
    }

    /// What becomes of the answer to a request that the product has seen.
    pub fn spoil(&self, mut answer: Response) -> Reply {
        match self {
            Fault::Instead { .. } | Fault::Unreachable { .. } => Reply::Answer(answer),
            Fault::LoseRequest | Fault::LoseAnswer => Reply::Lost,
            Fault::Cut { after } => Reply::Cut(answer, *after),
            Fault::Late { milliseconds } => Reply::Late(answer, *milliseconds),
            Fault::Drip { milliseconds } => Reply::Drip(answer, *milliseconds),
            Fault::Endless => Reply::Endless(answer),
            Fault::Garbled => {
                answer.body = b"{\"unfinished\": [".to_vec();
                Reply::Answer(answer)
            }
        }
    }

    /// The page that a proxy shows while the system is down.
    pub fn maintenance() -> Self {
        Fault::Instead {
            status: 503,
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            body: "<html><body><h1>We will be back soon</h1></body></html>".to_owned(),
        }
    }
}

/// Which requests a fault waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Matching {
    /// Only this method.
    pub method: Option<String>,
    /// Only paths in which this occurs.
    pub path: Option<String>,
    /// How many requests pass before it begins.
    pub after: u32,
    /// How many requests it spoils; 0 means all from then on.
    pub times: u32,
}

impl Matching {
    /// The next request of this method to a path in which this occurs, once.
    pub fn once(method: &str, path: &str) -> Self {
        Matching {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            after: 0,
            times: 1,
        }
    }

    /// Every request from now on.
    pub fn always() -> Self {
        Matching::default()
    }

    fn fits(&self, request: &Request) -> bool {
        self.method
            .as_ref()
            .is_none_or(|method| *method == request.method)
            && self
                .path
                .as_ref()
                .is_none_or(|path| request.path.contains(path.as_str()))
    }
}

/// Faults that wait for their requests, the first one that fits first.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Vec<(Matching, Fault, bool)>,
}

impl Faults {
    /// Lets a fault wait.
    pub fn add(&mut self, matching: Matching, fault: Fault) {
        self.waiting.push((matching, fault, false));
    }

    /// Nothing goes wrong any more.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Faults that have not spoiled anything yet: a test in which one is left has not tested it.
    pub fn unused(&self) -> usize {
        self.waiting.iter().filter(|(_, _, used)| !used).count()
    }

    /// The fault for this request.
    pub fn take(&mut self, request: &Request) -> Option<Fault> {
        for at in 0..self.waiting.len() {
            let (matching, fault, used) = &mut self.waiting[at];
            if !matching.fits(request) {
                continue;
            }
            if matching.after > 0 {
                matching.after -= 1;
                continue;
            }
            *used = true;
            let fault = fault.clone();
            if matching.times == 1 {
                self.waiting.remove(at);
            } else if matching.times > 1 {
                matching.times -= 1;
            }
            return Some(fault);
        }
        None
    }
}
