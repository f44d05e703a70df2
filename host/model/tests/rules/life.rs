//! The life of an account under random wishes, workers and exports.

use std::time::Duration;

use crate::fixture::{attributes, name, schema, state};
use proptest::prelude::*;
use provisor_model::account::{Decision, Step, Wish};
use provisor_model::verdict::{Conclusion, conclude, judge};
use provisor_model::{
    Account, AccountId, AttributeName, Attributes, CaseId, CorrelationId, Delta, Evidence,
    ExportId, Operation, OperationId, OperationState, PersonName, ResourceName, ResourceRules, Row,
    State, Timestamp, Verdict,
};

const MINUTE: u64 = 60;
const GRACE: Duration = Duration::from_secs(15 * MINUTE);

/// One account with everything that a test does to it.
struct Scene {
    account: Account,
    rules: ResourceRules,
    covered: Vec<AttributeName>,
    now: Timestamp,
    operations: i64,
    exports: i64,
}

impl Scene {
    fn new(verifies: bool) -> Self {
        let mut rules = ResourceRules::new(schema());
        rules.verifies = verifies;
        rules.grace = GRACE;
        Self {
            account: Account::new(
                AccountId(1),
                ResourceName::new("ships").expect("a good name"),
                None,
                "will",
            ),
            covered: rules
                .schema
                .attributes()
                .map(|(name, _)| name.clone())
                .collect(),
            rules,
            now: "2026-03-01T08:00:00Z".parse().expect("a moment"),
            operations: 0,
            exports: 0,
        }
    }

    fn step<R>(&mut self, act: impl FnOnce(&mut Account, &mut Step<'_>) -> R) -> R {
        let operations = &mut self.operations;
        let mut next = || {
            *operations += 1;
            OperationId(*operations)
        };
        let mut step = Step {
            rules: &self.rules,
            now: self.now,
            next_operation: &mut next,
        };
        act(&mut self.account, &mut step)
    }

    fn pass(&mut self, minutes: u64) {
        self.now = self.now.after(Duration::from_secs(minutes * MINUTE));
    }

    fn request(&mut self, wish: &State) {
        let wish = Wish {
            after: None,
            state: wish.clone(),
            requester: PersonName::new("iam").expect("a good name"),
            iteration: 0,
            anew: false,
        };
        self.step(|account, step| account.request(step, wish));
    }

    fn open_all(&mut self) {
        let waiting: Vec<_> = self
            .account
            .operations
            .iter()
            .filter(|operation| operation.is_due(self.now))
            .map(|operation| (operation.id, operation.delta.clone()))
            .collect();
        for (id, delta) in waiting {
            let allow = Decision::plain(provisor_model::account::Verdict::Allow);
            self.step(|account, step| account.decide(step, id, &delta, allow));
            let correlation = CorrelationId::new("test", id);
            self.account
                .open(id, CaseId(id.0), correlation, self.now)
                .expect("what is due can be opened");
        }
    }

    fn open(&self) -> Vec<OperationId> {
        self.account
            .operations
            .iter()
            .filter(|operation| operation.state == OperationState::Open)
            .map(|operation| operation.id)
            .collect()
    }

    fn complete(&mut self, id: OperationId) {
        let now = self.now;
        self.step(|account, step| {
            account.complete(step, id, Attributes::new(), Default::default(), now)
        })
        .expect("what is open can be completed");
    }

    fn export(&mut self, shown: &State) {
        self.exports += 1;
        let row = match shown {
            State::Absent => Row::Absent,
            State::Present(attributes) => Row::Present {
                position: 2,
                attributes: attributes.clone(),
            },
        };
        let covered = self.covered.clone();
        let evidence = Evidence {
            export: ExportId(self.exports),
            exported_at: self.now,
            row,
            covered: &covered,
        };
        self.step(|account, step| account.observe(step, &evidence));
    }
}

/// A full wish, so that every attribute is managed and known.
fn wish() -> impl Strategy<Value = State> {
    prop_oneof![
        1 => Just(State::Absent),
        4 => attributes().prop_map(|mut attributes| {
            for missing in ["full-name", "interests", "enabled"] {
                attributes.entry(name(missing)).or_default();
            }
            State::Present(attributes)
        }),
    ]
}

#[derive(Debug, Clone)]
enum Act {
    Wish(State),
    OpenAll,
    Complete(prop::sample::Index),
    Fail(prop::sample::Index),
    Cancel(prop::sample::Index),
    Export(State),
    ExportOfWhatIsExpected,
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => wish().prop_map(Act::Wish),
        4 => Just(Act::OpenAll),
        3 => any::<prop::sample::Index>().prop_map(Act::Complete),
        1 => any::<prop::sample::Index>().prop_map(Act::Fail),
        1 => any::<prop::sample::Index>().prop_map(Act::Cancel),
        2 => wish().prop_map(Act::Export),
        2 => Just(Act::ExportOfWhatIsExpected),
        2 => (1..40_u64).prop_map(Act::Pass),
    ]
}

fn perform(scene: &mut Scene, act: &Act) {
    let pick = |scene: &Scene, index: &prop::sample::Index| {
        let open = scene.open();
        (!open.is_empty()).then(|| open[index.index(open.len())])
    };
    match act {
        Act::Wish(wish) => scene.request(wish),
        Act::OpenAll => scene.open_all(),
        Act::Complete(index) => {
            if let Some(id) = pick(scene, index) {
                scene.complete(id);
            }
        }
        Act::Fail(index) | Act::Cancel(index) => {
            if let Some(id) = pick(scene, index) {
                let current = scene.account.current(&scene.rules);
                let fail = matches!(act, Act::Fail(_));
                scene
                    .step(|account, step| {
                        if fail {
                            account.fail(step, id, "no time")
                        } else {
                            account.cancel(step, id, "not now")
                        }
                    })
                    .expect("what is open can be given up");
                assert_eq!(
                    scene.account.current(&scene.rules),
                    current,
                    "what was not done changes nothing"
                );
            }
        }
        Act::Export(shown) => scene.export(shown),
        Act::ExportOfWhatIsExpected => {
            let expected = scene.account.expected(&scene.rules);
            scene.export(&expected);
        }
        Act::Pass(minutes) => scene.pass(*minutes),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_the_account_stays_in_order(
        verifies in any::<bool>(),
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut scene = Scene::new(verifies);
        for act in &acts {
            perform(&mut scene, act);
            let account = &scene.account;

            let waiting = account.operations.iter()
                .filter(|operation| operation.state == OperationState::Waiting).count();
            prop_assert!(waiting <= 1, "one waiting operation at most");

            // Everything that is desired is expected, but for what is knowingly held back.
            if let Some(desired) = account.desired_state(&scene.rules)
                && account.withheld.is_empty() && account.drift.is_empty()
            {
                let expected = account.expected(&scene.rules);
                prop_assert!(expected.satisfies(&scene.rules.schema, &desired),
                    "expected {expected:?} desired {desired:?}");
            }

            // Planning again at once finds nothing new.
            let before = account.clone();
            scene.step(|account, step| account.replan(step));
            prop_assert_eq!(&before, &scene.account);
        }
    }

    #[test]
    fn the_same_export_again_says_nothing_new(
        acts in prop::collection::vec(act(), 1..20), shown in wish(),
    ) {
        let mut scene = Scene::new(true);
        for act in &acts {
            perform(&mut scene, act);
        }
        scene.export(&shown);
        let mut before = scene.account.clone();
        before.events.clear();
        scene.account.events.clear();
        scene.exports -= 1;
        scene.export(&shown);
        prop_assert_eq!(before, scene.account);
    }

    #[test]
    fn what_is_dropped_changes_nothing_now_or_later(
        verifies in any::<bool>(),
        past in prop::collection::vec(act(), 1..40),
        future in prop::collection::vec(act(), 0..12),
        age in 0..120_u64,
    ) {
        let mut scene = Scene::new(verifies);
        for act in &past {
            perform(&mut scene, act);
        }
        let before = scene.now.before(Duration::from_secs(age * MINUTE));
        let dropped = scene.account.dispensable(before, &|_| false);
        for operation in &scene.account.operations {
            if dropped.contains(&operation.id) {
                prop_assert!(operation.ended_at.is_some_and(|ended| ended < before));
            }
        }
        let mut lighter = Scene {
            account: scene.account.clone(),
            rules: scene.rules.clone(),
            covered: scene.covered.clone(),
            now: scene.now,
            operations: scene.operations,
            exports: scene.exports,
        };
        lighter.account.operations.retain(|operation| !dropped.contains(&operation.id));
        let rules = scene.rules.clone();
        let seen = |scene: &Scene| {
            let account = &scene.account;
            let under_way: Vec<_> = account.operations.iter()
                .filter(|operation| !dropped.contains(&operation.id)).cloned().collect();
            (
                account.current(&rules),
                account.expected(&rules),
                account.desired_state(&rules),
                account.explain(&rules),
                account.explain_existence(&rules),
                (account.withheld.clone(), account.drift.clone(), account.names(&rules)),
                (under_way, account.events.clone()),
            )
        };
        prop_assert_eq!(seen(&scene), seen(&lighter));
        for act in &future {
            perform(&mut scene, act);
            perform(&mut lighter, act);
            prop_assert_eq!(seen(&scene), seen(&lighter));
        }
    }

    #[test]
    fn the_order_of_closing_does_not_change_the_end(
        verifies in any::<bool>(),
        wishes in prop::collection::vec(wish(), 2..6),
        order in any::<prop::sample::Index>(),
        seed in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let end = |shuffled: bool| {
            let mut scene = Scene::new(verifies);
            for wish in &wishes {
                scene.request(wish);
                scene.open_all();
                scene.pass(1);
            }
            let mut seed = seed.iter();
            loop {
                let open = scene.open();
                if open.is_empty() {
                    break;
                }
                let at = if shuffled {
                    seed.next().unwrap_or(&order).index(open.len())
                } else {
                    0
                };
                scene.complete(open[at]);
            }
            scene.pass(30);
            let done = scene.account.expected(&scene.rules);
            if verifies {
                scene.export(&done);
            }
            let pending = scene.account.operations.iter().filter(|one| one.counts()).count();
            (scene.account.current(&scene.rules), scene.account.expected(&scene.rules), pending)
        };
        let in_order = end(false);
        prop_assert_eq!(in_order.2, 0, "nothing is left");
        prop_assert_eq!(in_order, end(true));
    }

    #[test]
    fn an_export_only_decides_what_it_can_know(
        before in state(),
        desired in state(),
        shown in state(),
        opened in 0..100_u64,
        worked in 0..100_u64,
        exported in 0..300_u64,
    ) {
        let schema = schema();
        let Some(delta) = provisor_model::plan(&schema, &desired, &before) else {
            return Ok(());
        };
        let start: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
        let at = |minutes: u64| start.after(Duration::from_secs(minutes * MINUTE));
        let mut operation = Operation::new(OperationId(1), delta, before, start);
        operation.state = OperationState::Done;
        operation.opened_at = Some(at(opened));
        operation.completed_at = Some(at(opened + worked));
        let covered: Vec<_> = schema.attributes().map(|(name, _)| name.clone()).collect();
        let evidence = Evidence {
            export: ExportId(1),
            exported_at: at(exported),
            row: match shown {
                State::Absent => Row::Absent,
                State::Present(attributes) => Row::Present { position: 2, attributes },
            },
            covered: &covered,
        };
        let verdicts = judge(&schema, &operation, &[], &evidence, GRACE);
        prop_assert!(!verdicts.is_empty());
        for verdict in &verdicts {
            match verdict.verdict {
                Verdict::Confirmed => prop_assert!(exported >= opened),
                Verdict::Missing | Verdict::Wrong => {
                    prop_assert!(exported >= opened + worked + 15);
                }
                Verdict::NotYet => prop_assert!(exported < opened + worked + 15),
                Verdict::Unverifiable => prop_assert!(false, "every column is there"),
            }
        }
        let conclusion = conclude(&verdicts, &[]);
        if exported >= opened + worked + 15 {
            prop_assert_ne!(conclusion, Conclusion::Undecided);
        }
    }
}

#[test]
fn a_contradicted_creation_is_asked_for_again_no_more_often_than_allowed() {
    let mut scene = Scene::new(true);
    let State::Present(attributes) = schema()
        .state([("login", ["will"]), ("full-name", ["Will Turner"])])
        .unwrap()
    else {
        panic!("a state with attributes is present");
    };
    scene.request(&State::Present(attributes));
    for round in 0..=scene.rules.reraise_limit {
        scene.open_all();
        let [open] = scene.open()[..] else {
            panic!("one open operation in round {round}");
        };
        scene.complete(open);
        scene.pass(16);
        scene.export(&State::Absent);
        assert_eq!(
            scene.account.operation(open).unwrap().state,
            OperationState::Contradicted
        );
    }
    scene.open_all();
    assert_eq!(scene.open(), []);
    assert_eq!(scene.account.withheld.len(), 1);
    let follow_ups: Vec<_> = scene
        .account
        .operations
        .iter()
        .map(|operation| operation.follow_up_of)
        .collect();
    assert_eq!(
        follow_ups,
        [
            None,
            Some(OperationId(1)),
            Some(OperationId(2)),
            Some(OperationId(3))
        ]
    );
}

#[test]
fn a_waiting_operation_is_amended_and_taken_back_without_a_case() {
    let mut scene = Scene::new(false);
    let wish = |full_name: &str| {
        schema()
            .state([("login", ["will"]), ("full-name", [full_name])])
            .unwrap()
    };
    scene.request(&wish("Will"));
    scene.request(&wish("Will Turner"));
    assert_eq!(scene.account.operations.len(), 1);
    let operation = &scene.account.operations[0];
    assert!(matches!(&operation.delta, Delta::Create(changes)
        if changes.len() == 2 && operation.state == OperationState::Waiting));
    scene.request(&State::Absent);
    assert_eq!(scene.account.operations[0].state, OperationState::Cancelled);
    assert_eq!(scene.account.operations.len(), 1);
}
