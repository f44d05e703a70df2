//! Where the component is put to work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use provisor::configuration::settings_schema;
use provisor_model::Digest;
use provisor_sandbox::egress::Origin;
use provisor_sandbox::{
    Call, CallError, CallReport, Component, Input, LogLine, Sandbox, TicketingRun, World,
};
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::draft::draft;
use crate::keeping;
use crate::ledger::Ledger;
use crate::recording::{FORMAT, Recording, RecordingError};
use crate::subject::{Sheet, Subject, SubjectError};
use crate::suite::VERSION;
use crate::target::Target;
use crate::work::{Conditions, Done, Work, accounts, decisions, rows};

/// Rows that a reader is asked for at a time.
const BATCH: u32 = 100;

/// The component on trial in the host's own sandbox.
pub struct Bench {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The component.
    pub component: Component,
    /// What its author says about it.
    pub subject: Subject,
    /// The example, where the world has rows; else empty.
    pub sheet: Sheet,
    /// Secrets by name, each with a value that occurs nowhere else.
    pub canaries: BTreeMap<String, String>,
    /// Where chance comes from.
    pub seed: u64,
    /// What the run does at its target.
    pub(crate) ledger: Arc<Ledger>,
    /// Hostile work and what came of it: done once, judged by many.
    pub(crate) stress: tokio::sync::OnceCell<crate::hostile::Stress>,
}

/// An instance at work; the next piece of work meets what the one before has left.
struct Worker<'b> {
    bench: &'b Bench,
    call: Call,
    mapping: Option<provisor_sandbox::MappingRun>,
    policy: Option<provisor_sandbox::PolicyRun>,
}

impl Bench {
    /// Sets the component up; what it does at its target is recorded or not.
    ///
    /// # Errors
    /// When the example of the subject cannot be used.
    pub fn new(
        sandbox: Sandbox,
        component: Component,
        subject: Subject,
        seed: u64,
        is_recorded: bool,
    ) -> Result<Self, SubjectError> {
        let tickets = match &subject.target {
            Some(Target::Live(live)) => Some(live.tickets),
            _ => None,
        };
        let world = component.world();
        let sheet = match (world, &subject.input) {
            (World::Mapping | World::Policy, Some(lines)) => Sheet::parse(lines)?,
            _ => Sheet::default(),
        };
        let empty = match world {
            World::Mapping | World::Policy => sheet.rows.is_empty(),
            World::Reader => subject.input.as_ref().is_none_or(Vec::is_empty),
            World::Ticketing => false,
        };
        if empty {
            return Err(SubjectError::NoInput { world });
        }
        let mut chance = Chance::new(seed, "secrets");
        let names = secrets(&component, &subject).into_iter();
        Ok(Self {
            canaries: names.map(|name| (name, chance.canary())).collect(),
            sandbox,
            component,
            subject,
            sheet,
            seed,
            ledger: Arc::new(Ledger::new(tickets, is_recorded)),
            stress: tokio::sync::OnceCell::new(),
        })
    }

    /// The same with another component in the place of this one.
    pub(crate) fn with(&self, component: Component) -> Self {
        Self {
            sandbox: self.sandbox.clone(),
            component,
            subject: self.subject.clone(),
            sheet: self.sheet.clone(),
            canaries: self.canaries.clone(),
            seed: self.seed,
            ledger: Arc::clone(&self.ledger),
            stress: tokio::sync::OnceCell::new(),
        }
    }

    /// The world of the component.
    pub fn world(&self) -> World {
        self.component.world()
    }

    /// The identity of the component.
    pub fn digest(&self) -> &Digest {
        self.component.digest()
    }

    /// The example as one piece of work; a ticketing component without target has none.
    pub fn example(&self) -> Option<Work> {
        match self.world() {
            World::Mapping => Some(Work::Map(self.sheet.clone())),
            World::Policy => Some(Work::Decide(self.sheet.clone())),
            World::Reader => self.subject.input.clone().map(Work::Read),
            World::Ticketing => {
                let draft = || Work::Keep(Box::new(draft("provisor-example")));
                self.subject.target.is_some().then(draft)
            }
        }
    }

    /// A correlation id of this run with a word of its own in it.
    pub(crate) fn correlation_id(&self, word: &str) -> String {
        let target = self.subject.target.as_ref();
        format!("conform-{}{word}", target.map_or("", Target::mark))
    }

    /// Whether as few tickets are made as will do.
    pub(crate) fn is_scarce(&self) -> bool {
        self.subject.target.as_ref().is_some_and(Target::is_scarce)
    }

    /// What the target has answered until now.
    pub(crate) fn recording(&self) -> Result<Recording, RecordingError> {
        let (Some(target), World::Ticketing) = (&self.subject.target, self.world()) else {
            return Err(RecordingError::Nothing);
        };
        // What carries credentials is the same wherever a system is.
        let anywhere = Origin::parse("https://example.org").ok();
        let credential = anywhere.and_then(|origin| target.credential(&origin));
        let recording = Recording {
            format: FORMAT.to_owned(),
            suite: VERSION.to_owned(),
            seed: self.seed,
            component: format!("sha256:{}", self.digest()),
            target: target.at().name,
            product: target.product().map(|product| product.name.to_owned()),
            mark: target.mark().to_owned(),
            markup: target.markup(),
            people: target.has_people(),
            carrier: credential
                .as_ref()
                .map(|it| crate::target::carrier(it).to_owned()),
            visits: self.ledger.recorded().ok_or(RecordingError::TooLarge)?,
        };
        recording.search(|text| {
            self.canaries.values().any(|canary| text.contains(canary))
                || credential.as_ref().is_some_and(|it| it.is_in(text))
        })?;
        Ok(recording)
    }

    /// Rows as a piece of work of a mapping or a policy.
    pub fn rows(&self, sheet: Sheet) -> Work {
        match self.world() {
            World::Policy => Work::Decide(sheet),
            _ => Work::Map(sheet),
        }
    }

    /// A fresh instance of a ticketing component.
    ///
    /// # Errors
    /// When it cannot be made, or the component is of another world.
    pub(crate) async fn ticketing(&self, call: &Call) -> Result<TicketingRun, CallError> {
        self.component.ticketing()?.start(call).await
    }

    /// With what the component works under these conditions.
    pub fn call(&self, conditions: &Conditions) -> Call {
        Call {
            settings: conditions
                .settings
                .clone()
                .unwrap_or_else(|| self.subject.settings.clone()),
            secrets: conditions
                .secrets
                .clone()
                .unwrap_or_else(|| self.canaries.clone()),
            limits: conditions.limits.clone(),
            stand_ins: conditions.stand_ins,
            ..Call::default()
        }
    }

    /// What the schema of the component has to say against settings and, if that is nothing, the
    /// component itself: the place and the problem.
    ///
    /// # Errors
    /// When the schema cannot judge anything, or the component breaks down: in words.
    pub async fn problems(&self, settings: &Value) -> Result<Vec<(String, String)>, String> {
        let schema = &self.component.about().settings_schema;
        let problems = settings_schema::validate(schema, settings).map_err(|it| it.to_string())?;
        if !problems.is_empty() {
            return Ok(problems);
        }
        let call = self.call(&Conditions {
            settings: Some(settings.to_string()),
            ..Conditions::default()
        });
        let problems = self.component.check_settings(&call).await;
        let problems = problems.map_err(|error| format!("check-settings: {error}"))?;
        let told = problems.into_iter();
        Ok(told
            .map(|problem| (problem.path, problem.message))
            .collect())
    }

    /// Puts a fresh instance to one piece of work.
    pub async fn work(&self, work: &Work, conditions: &Conditions) -> Done {
        let mut done = self.series(std::slice::from_ref(work), conditions).await;
        done.remove(0)
    }

    /// Puts one fresh instance to several pieces of work, one after the other. The limits of time
    /// hold for each of them, what was used is the sum so far.
    pub async fn series(&self, works: &[Work], conditions: &Conditions) -> Vec<Done> {
        let mut worker = Worker {
            bench: self,
            call: self.call(conditions),
            mapping: None,
            policy: None,
        };
        let mut all = Vec::with_capacity(works.len());
        for work in works {
            all.push(worker.work(work).await);
        }
        all
    }
}

/// The names of the secrets that a component reads: as the subject says, and as its schema does.
fn secrets(component: &Component, subject: &Subject) -> Vec<String> {
    let schema = &component.about().settings_schema;
    let properties = schema.get("properties").and_then(Value::as_object);
    let marked = properties
        .into_iter()
        .flatten()
        .filter(|(_, property)| property.get("writeOnly") == Some(&Value::Bool(true)))
        .map(|(name, _)| name.clone());
    let mut names: Vec<String> = subject.secrets.iter().cloned().chain(marked).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What a run has left behind, beside its answer.
pub(crate) type Left = (Vec<LogLine>, CallReport, Vec<String>);

impl Worker<'_> {
    async fn work(&mut self, work: &Work) -> Done {
        let begun = Instant::now();
        let (answer, (log, report, refused)) = match work {
            Work::Map(sheet) => self.map(sheet).await,
            Work::Decide(sheet) => self.decide(sheet).await,
            Work::Read(bytes) => self.read(bytes).await,
            Work::Keep(draft) => keeping::keep(self.bench, self.call.clone(), draft).await,
        };
        let log = match &answer {
            Err(error) => error.log.to_vec(),
            Ok(_) => log,
        };
        Done {
            answer,
            log,
            report,
            refused,
            time: begun.elapsed(),
        }
    }

    async fn map(&mut self, sheet: &Sheet) -> (Result<Value, CallError>, Left) {
        let mut run = match (self.mapping.take(), self.bench.component.mapping()) {
            (Some(run), _) => run,
            (None, Err(wrong)) => return (Err(wrong.into()), Left::default()),
            (None, Ok(mapping)) => match mapping.start(&self.call).await {
                Ok(run) => run,
                Err(error) => return (Err(error), Left::default()),
            },
        };
        let answer = run.evaluate(&sheet.table()).await;
        let left = (run.log(), run.report(), run.refused().to_vec());
        self.mapping = Some(run);
        (answer.map(|answer| accounts(&answer)), left)
    }

    async fn decide(&mut self, sheet: &Sheet) -> (Result<Value, CallError>, Left) {
        let mut run = match (self.policy.take(), self.bench.component.policy()) {
            (Some(run), _) => run,
            (None, Err(wrong)) => return (Err(wrong.into()), Left::default()),
            (None, Ok(policy)) => match policy.start(&self.call).await {
                Ok(run) => run,
                Err(error) => return (Err(error), Left::default()),
            },
        };
        let answer = run.decide(&sheet.table()).await;
        let left = (run.log(), run.report(), run.refused().to_vec());
        self.policy = Some(run);
        (answer.map(|answer| decisions(&answer)), left)
    }

    async fn read(&mut self, bytes: &[u8]) -> (Result<Value, CallError>, Left) {
        let input = Input {
            name: "example".to_owned(),
            size: bytes.len() as u64,
            content: Box::new(std::io::Cursor::new(bytes.to_vec())),
        };
        let reading = match self.bench.component.reader() {
            Ok(reader) => reader.open(&self.call, input).await,
            Err(wrong) => Err(wrong.into()),
        };
        let mut reading = match reading {
            Ok(reading) => reading,
            Err(error) => return (Err(error), Left::default()),
        };
        let answer = read_all(&mut reading).await;
        let left = (reading.log(), reading.report(), reading.refused().to_vec());
        (answer, left)
    }
}

async fn read_all(reading: &mut provisor_sandbox::Reading) -> Result<Value, CallError> {
    let shape = reading.shape().clone();
    let column = |column: &provisor_sandbox::Column| json!([column.name, column.multi_valued]);
    let mut all = json!({
        "columns": shape.columns.iter().map(column).collect::<Value>(),
        "identifier": shape.identifier,
        "absent": shape.absent,
    });
    let mut read = Vec::new();
    let mut positions = Vec::new();
    let mut rejected = Vec::new();
    while let Some(batch) = reading.next(BATCH).await? {
        if let Value::Array(rows) = rows(&batch.rows, shape.columns.len()) {
            read.extend(rows);
        }
        positions.extend(batch.positions);
        rejected.extend(
            batch
                .rejected
                .iter()
                .map(|row| json!([row.position, row.identifier, row.message])),
        );
    }
    let summary = reading.finish().await?;
    all["rows"] = read.into();
    all["positions"] = positions.into();
    all["rejected"] = rejected.into();
    all["summary"] = json!({
        "rows": summary.rows,
        "rejected": summary.rejected,
        "complete": summary.complete,
        "declared-rows": summary.declared_rows,
        "exported-at": summary.exported_at,
    });
    Ok(all)
}
