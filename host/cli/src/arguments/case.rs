//! What can be typed about cases.

use std::path::PathBuf;

use clap::Subcommand;
use provisor::model::{CaseId, OperationId, PersonName, Timestamp};

use super::name_and_value;

#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Cases, the most urgent first.
    List {
        /// Only of this resource.
        #[arg(long)]
        resource: Option<String>,
        /// Only those that this person may work on.
        #[arg(long = "for", value_name = "PERSON")]
        operator: Option<PersonName>,
        /// Also those that are closed, and those that people in a ticket system work on.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One case: what has to be done, why, and how to close it.
    Show {
        /// Its number.
        case: CaseId,
    },
    /// Take a case, so that the others see who has it.
    Claim {
        /// Its number.
        case: CaseId,
        /// Who takes it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
    /// Give a case back, so that everybody may take it.
    GiveBack {
        /// Its number.
        case: CaseId,
        /// Who has it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
    /// Pass a case on to somebody else.
    PassOn {
        /// Its number.
        case: CaseId,
        /// Who has it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Who gets it.
        #[arg(long, value_name = "PERSON")]
        to: PersonName,
    },
    /// Say something about a case; `account history` shows it.
    Comment {
        /// Its number.
        case: CaseId,
        /// Who says it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// What.
        text: String,
    },
    /// Attach something that shows what was done: a picture (PNG, JPEG), a PDF or a text.
    Attach {
        /// Its number.
        case: CaseId,
        /// The file.
        file: PathBuf,
        /// Who attaches it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
    /// Write an attachment of a case into a new file.
    Attachment {
        /// The number of the case.
        case: CaseId,
        /// Its place in the list that `case show` prints, from 1.
        place: usize,
        /// The file to write; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Open a case again that was closed by mistake, unless an export has decided since.
    Reopen {
        /// Its number.
        case: CaseId,
        /// Who opens it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Say that the work is done.
    Done {
        /// Its number; several are closed one after the other.
        #[arg(required = true)]
        cases: Vec<CaseId>,
        /// Who did it.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// An attribute that was set to another value than asked for; may be repeated.
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_and_value)]
        values: Vec<(String, String)>,
        /// An attribute that could not be set, and why; may be repeated.
        #[arg(long = "not-possible", value_name = "NAME=REASON", value_parser = name_and_value)]
        not_possible: Vec<(String, String)>,
        /// Only this operation of the case; the others stay open.
        #[arg(long, value_name = "OPERATION")]
        operation: Option<OperationId>,
        /// What was done, in words.
        #[arg(long)]
        note: Option<String>,
        /// When it was done, if not now.
        #[arg(long, value_name = "MOMENT")]
        at: Option<Timestamp>,
    },
    /// Answer a case that asks what shall be done about drift.
    Answer {
        /// Its number.
        case: CaseId,
        /// It is to be set right: an operation asks for it.
        #[arg(long, required_unless_present = "keep", conflicts_with = "keep")]
        fix: bool,
        /// It may stay: what the application has becomes what is desired.
        #[arg(long)]
        keep: bool,
        /// Only for this attribute; may be repeated. The case stays open for the others.
        #[arg(long = "attribute", value_name = "NAME")]
        attributes: Vec<String>,
        /// Who answers.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Say that the work cannot be done.
    NotPossible {
        /// Its number.
        case: CaseId,
        /// Only this operation of the case; the others stay open.
        #[arg(long, value_name = "OPERATION")]
        operation: Option<OperationId>,
        /// Who says so.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why not.
        #[arg(long)]
        reason: String,
    },
    /// Take the work back.
    Cancel {
        /// Its number.
        case: CaseId,
        /// Who takes it back.
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}
