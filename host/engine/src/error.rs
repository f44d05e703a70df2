//! What can go wrong with a call to the host.

use provisor_model::account::WorkError;
use provisor_model::{
    ActivationError, CanaryError, CaseError, CaseId, ComponentName, DeliveryError, IdentityId,
    PersonName, Refusal, ResourceName, StageError, Timestamp, ValueError,
};
use provisor_sandbox::{CallError, LoadError, SandboxError};
use provisor_store::{EvidenceError, StoreError};

use crate::configuration::ConfigurationError;
use crate::exports::ExportError;
use crate::identity::IdentityError;

/// What can go wrong with a call to the host. The message is for the person outside: it says
/// what, where, and what to do, and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The configuration has mistakes.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The folder for data cannot be used.
    #[error("the data folder {path} cannot be used: {source}")]
    Data {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such thing.
    #[error("there is no {what} {name}{hint}")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// How it was called.
        name: String,
        /// What there is instead; begins with a colon, or is empty.
        hint: String,
    },
    /// An identity that cannot be taken.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A value that does not fit the schema.
    #[error("{resource}: {source}")]
    Value {
        /// Whose schema.
        resource: ResourceName,
        /// What is wrong.
        source: ValueError,
    },
    /// The mapping has no usable account for an identity.
    #[error("the mapping of {resource} has no usable account for {identity}: {}", .problems.join("; "))]
    Mapping {
        /// Where.
        resource: ResourceName,
        /// For whom.
        identity: IdentityId,
        /// What the mapping, or the schema, has to say.
        problems: Vec<String>,
    },
    /// The identifier belongs to another account.
    #[error("{identifier} on {resource} is the account of {owner}; choose another identifier")]
    IdentifierTaken {
        /// Where.
        resource: ResourceName,
        /// Which.
        identifier: String,
        /// Whose it is.
        owner: String,
    },
    /// The mapping found no identifier that is free.
    #[error(
        "the mapping of {resource} found no free identifier for {identity} in {tries} tries; \
         the last was {last}. Let it use $iteration, or raise max-iterations"
    )]
    NoFreeIdentifier {
        /// Where.
        resource: ResourceName,
        /// For whom.
        identity: IdentityId,
        /// How often it was asked.
        tries: u32,
        /// What it said last.
        last: String,
    },
    /// The case is not in the state for it.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The operation is not in the state for it.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The notification is not in the state for it.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// Somebody works on a case that is not his.
    #[error("{person} does not work on {case}: it is for {operators}")]
    NotAnOperator {
        /// The case.
        case: CaseId,
        /// Who tried.
        person: PersonName,
        /// Whose it is.
        operators: String,
    },
    /// Somebody gets a case who is away.
    #[error("{person} is away until {until}; {substitute} works in the place")]
    Away {
        /// Who.
        person: PersonName,
        /// Until when.
        until: Timestamp,
        /// Who works in the place.
        substitute: PersonName,
    },
    /// An absence that cannot be.
    #[error("{person} cannot be away like that: {problem}")]
    Absence {
        /// Who.
        person: PersonName,
        /// What is wrong.
        problem: &'static str,
    },
    /// Something that cannot be attached.
    #[error("this cannot be attached to {case}: {problem}")]
    Attachment {
        /// To which case.
        case: CaseId,
        /// What is wrong with it.
        problem: String,
    },
    /// What is alive is not forgotten.
    #[error(
        "{identity} cannot be erased: {identifier} on {resource} is alive, since {why}. Take the \
         account back first (`provisor request {resource} {identity} --remove`), and wait until it is gone"
    )]
    Alive {
        /// Who.
        identity: IdentityId,
        /// Where.
        resource: ResourceName,
        /// Which account.
        identifier: String,
        /// What is alive about it.
        why: &'static str,
    },
    /// An identity has one account on a resource.
    #[error(
        "{identity} has the account {identifier} on {resource} already; unlink that one first \
         (`provisor account unlink {resource} {identifier}`)"
    )]
    HasAccount {
        /// Who.
        identity: IdentityId,
        /// Where.
        resource: ResourceName,
        /// Which account.
        identifier: String,
    },
    /// The history is not as it was written.
    #[error("the history does not hold: {0}")]
    Audit(provisor_store::BrokenRecord),
    /// A checkpoint is not believed, or none can be signed.
    #[error(transparent)]
    Checkpoint(provisor_store::CheckpointError),
    /// Words are needed.
    #[error("{what} should be given in words, at most 16 KiB")]
    ReasonRequired {
        /// Which.
        what: &'static str,
    },
    /// The sandbox cannot be started.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A component cannot be loaded.
    #[error("component {component}: {source}")]
    Load {
        /// Which one, as the configuration calls it.
        component: String,
        /// Why not.
        source: LoadError,
    },
    /// A component could not do its work.
    #[error("component {component} of {resource}: {source}")]
    Component {
        /// Whose.
        resource: ResourceName,
        /// Which one, as the configuration calls it.
        component: String,
        /// What happened.
        source: Box<CallError>,
    },
    /// The configuration names an uploaded component of which no version is in use.
    #[error(
        "no version of the component {component} of {resource} is active; activate one with \
         `provisor component activate {component} --as PERSON`, after `provisor component upload` \
         if there is none"
    )]
    NotActive {
        /// Whose.
        resource: ResourceName,
        /// Which.
        component: ComponentName,
    },
    /// The version of an uploaded component that is active cannot run.
    #[error("the component {component} of {resource} cannot be used: {problem}")]
    Unusable {
        /// Whose.
        resource: ResourceName,
        /// Which.
        component: ComponentName,
        /// Why.
        problem: String,
    },
    /// A version cannot come into use, because it cannot be loaded.
    #[error("component {component} cannot come into use: {problem}")]
    CannotBeUsed {
        /// Which.
        component: String,
        /// Why.
        problem: String,
    },
    /// A version cannot come into use, because the configuration says something to it that it does
    /// not take.
    #[error("component {component} does not fit the configuration: {source}")]
    DoesNotFit {
        /// Which.
        component: String,
        /// What, with the places.
        source: ConfigurationError,
    },
    /// Those do not vouch for a component whom the configuration asks for.
    #[error(
        "component {component} may not come into use: {}. Bring what is missing with `provisor \
         component upload FILE --as PERSON`, and --signature or --report",
        .refusal.message
    )]
    NotVouchedFor {
        /// Which.
        component: String,
        /// What is missing.
        refusal: Box<Refusal>,
    },
    /// The bytes of an upload were kept long enough.
    #[error(
        "the bytes of {component} were dropped at {at}, as `uploads` of [retention] says; use its \
         file, if somebody still has it"
    )]
    BytesDropped {
        /// Which.
        component: String,
        /// When.
        at: Timestamp,
    },
    /// A component that is uploaded is too large.
    #[error("it has more than {limit} bytes; `max-size` of [components] says how many are taken")]
    UploadTooLarge {
        /// How many are taken.
        limit: u64,
    },
    /// Somebody else did something about the activation of a component.
    #[error(
        "somebody else changed meanwhile which version of {0} is used; look again, and try again"
    )]
    ActivatedMeanwhile(ComponentName),
    /// Somebody may not do this with components.
    #[error("{person} may not {what} components; {key} of [components] names who may")]
    NotAllowed {
        /// Who.
        person: PersonName,
        /// What.
        what: &'static str,
        /// The key of the configuration.
        key: &'static str,
    },
    /// An upload is not in the stage for it.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A version does not come into use, or does not go out of it.
    #[error(transparent)]
    Activation(#[from] ActivationError),
    /// Only what answers without an effect can be asked beside the active version.
    #[error(
        "{component} is {is}: only mappings and policies can be asked beside the active version"
    )]
    NotComparable {
        /// Which component.
        component: String,
        /// What it is instead.
        is: &'static str,
    },
    /// A canary cannot begin, or end.
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// An export cannot be taken.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The evidence store could not do it.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
}

impl HostError {
    /// Stable code for machines.
    pub fn code(&self) -> &'static str {
        match self {
            HostError::Configuration(_) => "configuration",
            HostError::Data { .. } => "data-folder",
            HostError::Unknown { .. } => "unknown",
            HostError::Identity(_) => "identity",
            HostError::Value { source, .. } => source.code(),
            HostError::Mapping { .. } => "mapping",
            HostError::IdentifierTaken { .. } => "identifier-taken",
            HostError::NoFreeIdentifier { .. } => "no-free-identifier",
            HostError::Case(error) => error.code(),
            HostError::Work(error) => error.code(),
            HostError::Delivery(error) => error.code(),
            HostError::NotAnOperator { .. } => "not-an-operator",
            HostError::Away { .. } => "away",
            HostError::Absence { .. } => "absence",
            HostError::Attachment { .. } => "attachment",
            HostError::Alive { .. } => "identity-alive",
            HostError::HasAccount { .. } => "has-account",
            HostError::Audit(_) => "history-broken",
            HostError::Checkpoint(error) => error.code(),
            HostError::ReasonRequired { .. } => "reason-required",
            HostError::Sandbox(error) => error.code(),
            HostError::Load { source, .. } => source.code(),
            HostError::Component { source, .. } => source.code(),
            HostError::NotActive { .. } => "component-not-active",
            HostError::Unusable { .. } => "component-unusable",
            HostError::CannotBeUsed { .. } => "component-cannot-be-used",
            HostError::DoesNotFit { .. } => "component-does-not-fit",
            HostError::NotVouchedFor { .. } => "component-not-vouched-for",
            HostError::BytesDropped { .. } => "component-bytes-dropped",
            HostError::UploadTooLarge { .. } => "component-too-large",
            HostError::ActivatedMeanwhile(_) => "component-activated-meanwhile",
            HostError::NotAllowed { .. } => "not-allowed",
            HostError::Stage(error) => error.code(),
            HostError::Activation(error) => error.code(),
            HostError::Canary(error) => error.code(),
            HostError::NotComparable { .. } => "not-comparable",
            HostError::Export(error) => error.code(),
            HostError::Store(error) => error.code(),
            HostError::Evidence(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        match self {
            HostError::Component { source, .. } => source.retryable(),
            HostError::Export(error) => error.retryable(),
            HostError::Store(error) => error.retryable(),
            HostError::ActivatedMeanwhile(_) => true,
            _ => false,
        }
    }

    /// That no account of a resource is called so.
    pub(crate) fn unknown_account(resource: &ResourceName, identifier: &str) -> Self {
        HostError::Unknown {
            what: "account",
            name: identifier.chars().take(80).collect(),
            hint: format!(" on {resource}; `provisor account list` shows them"),
        }
    }

    pub(crate) fn unknown(what: &'static str, name: impl ToString) -> Self {
        HostError::Unknown {
            what,
            name: name.to_string(),
            hint: String::new(),
        }
    }
}
