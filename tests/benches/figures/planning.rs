//! Planning: the pure rules alone, without store and components.

use criterion::Criterion;
use provisor::model::account::{Step, Wish};
use provisor::model::{
    Account, AccountId, Attribute, Kind, OperationId, PersonName, ResourceName, ResourceRules,
    Schema, State, Timestamp,
};

use crate::ratios::{Ratios, Times};

const ACCOUNTS: u32 = 1_000;

pub fn measure(criterion: &mut Criterion, ratios: &mut Ratios) {
    let rules = rules();
    let mut group = criterion.benchmark_group("planning-of-1000-accounts");
    let (first, again) = (Times::default(), Times::default());
    group.bench_function("first request", |bencher| {
        bencher.iter_custom(|times| {
            first.repeat(times, || {
                (0..ACCOUNTS)
                    .map(|number| requested(&rules, number))
                    .filter(|account| account.operations.len() == 1)
                    .count()
            })
        });
    });
    let mut accounts: Vec<Account> = (0..ACCOUNTS)
        .map(|number| requested(&rules, number))
        .collect();
    group.bench_function("the same request again", |bencher| {
        bencher.iter_custom(|times| {
            again.repeat(times, || {
                for (number, account) in (0..).zip(&mut accounts) {
                    request(&rules, account, number);
                }
            })
        });
    });
    group.finish();
    ratios.figure(
        "planning, a first request of ten attributes",
        &first,
        ACCOUNTS,
    );
    ratios.figure("planning, the same request again", &again, ACCOUNTS);
}

fn rules() -> ResourceRules {
    let attributes = (1..10).map(|number| {
        let attribute = Attribute::new(&format!("attribute-{number}"), Kind::Text);
        if number == 9 {
            attribute.multi_valued()
        } else {
            attribute
        }
    });
    let schema = Schema::new(
        "login",
        attributes.chain([Attribute::new("login", Kind::Text).ignore_case()]),
    );
    ResourceRules::new(schema.expect("a schema"))
}

fn requested(rules: &ResourceRules, number: u32) -> Account {
    let mut account = Account::new(
        AccountId(number.into()),
        ResourceName::new("app").expect("a name"),
        None,
        format!("login{number}"),
    );
    request(rules, &mut account, number);
    account
}

fn request(rules: &ResourceRules, account: &mut Account, number: u32) {
    let mut next = || OperationId(i64::from(number));
    let mut step = Step {
        rules,
        now: Timestamp::from_millis(0),
        next_operation: &mut next,
    };
    let wish = Wish {
        state: wanted(rules, number),
        requester: PersonName::new("iam").expect("a name"),
        iteration: 0,
        anew: false,
        after: None,
    };
    account.request(&mut step, wish);
    account.events.clear();
}

fn wanted(rules: &ResourceRules, number: u32) -> State {
    let values = (1..10).map(|attribute| {
        let name = format!("attribute-{attribute}");
        let value = format!("value {attribute} of {number}");
        (name, vec![value])
    });
    let login = ("login".to_owned(), vec![format!("login{number}")]);
    let values: Vec<_> = values.chain([login]).collect();
    rules.schema.state(values).expect("a state")
}
