//! A product with its faults and a record of what it was asked.

use crate::{Faults, Product, Request, Response};

/// What becomes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It arrives.
    Answer(Response),
    /// The connection closes before it.
    Lost,
    /// There is no connection: why not.
    Unreachable(String),
    /// It arrives up to so many bytes of its content.
    Cut(Response, usize),
    /// It begins so many milliseconds later.
    Late(Response, u64),
    /// Its content comes one byte at a time, so many milliseconds apart.
    Drip(Response, u64),
    /// Its content never ends.
    Endless(Response),
}

/// One request that was made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The status that was answered; `None` when no answer arrived.
    pub status: Option<u16>,
}

/// A product with its faults and a record of what it was asked.
pub struct Simulator<P: ?Sized = dyn Product> {
    faults: Faults,
    record: Vec<Recorded>,
    /// The product itself.
    pub product: Box<P>,
}

impl<P: Product + ?Sized> Simulator<P> {
    /// A product at which nothing goes wrong.
    pub fn new(product: Box<P>) -> Self {
        Simulator {
            faults: Faults::default(),
            record: Vec::new(),
            product,
        }
    }

    /// What goes wrong.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// What it was asked so far.
    pub fn record(&self) -> &[Recorded] {
        &self.record
    }

    /// Forgets what it was asked.
    pub fn clear_record(&mut self) {
        self.record.clear();
    }

    /// Serves one request.
    pub fn serve(&mut self, request: &Request) -> Reply {
        let reply = self.reply(request);
        self.record.push(Recorded {
            method: request.method.clone(),
            path: request.path.clone(),
            status: match &reply {
                Reply::Lost | Reply::Unreachable(_) => None,
                Reply::Answer(answer)
                | Reply::Cut(answer, _)
                | Reply::Late(answer, _)
                | Reply::Drip(answer, _)
                | Reply::Endless(answer) => Some(answer.status),
            },
        });
        reply
    }

    fn reply(&mut self, request: &Request) -> Reply {
        let Some(fault) = self.faults.take(request) else {
            return Reply::Answer(self.product.answer(request));
        };
        match fault.instead() {
            Some(reply) => reply,
            None => fault.spoil(self.product.answer(request)),
        }
    }
}
