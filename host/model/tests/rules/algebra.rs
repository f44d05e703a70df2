//! What must hold of states, deltas and plans, whatever the values.

use crate::fixture::{delta, schema, state};
use proptest::prelude::*;
use provisor_model::{Delta, plan};

proptest! {
    #[test]
    fn applying_the_plan_gives_what_is_desired(desired in state(), expected in state()) {
        let schema = schema();
        let after = match plan(&schema, &desired, &expected) {
            Some(delta) => delta.apply(&schema, &expected),
            None => expected,
        };
        prop_assert!(after.satisfies(&schema, &desired), "{after:?}");
    }

    #[test]
    fn planning_twice_yields_nothing_the_second_time(desired in state(), expected in state()) {
        let schema = schema();
        if let Some(delta) = plan(&schema, &desired, &expected) {
            let after = delta.apply(&schema, &expected);
            prop_assert_ne!(&after, &expected);
            prop_assert_eq!(plan(&schema, &desired, &after), None);
        }
    }

    #[test]
    fn a_plan_asks_for_nothing_that_is_there_already(desired in state(), expected in state()) {
        let schema = schema();
        if let Some(Delta::Modify(changes)) = plan(&schema, &desired, &expected) {
            for (name, change) in changes {
                prop_assert!(!change.is_satisfied(&schema, &name, expected.get(&name)));
            }
        }
    }

    #[test]
    fn a_merged_delta_does_what_its_parts_do_one_after_another(
        first in delta(), second in delta(), before in state(),
    ) {
        let schema = schema();
        let one_after_another = second.apply(&schema, &first.apply(&schema, &before));
        match first.merge(&schema, &second) {
            Some(merged) => {
                let at_once = merged.apply(&schema, &before);
                prop_assert!(at_once.satisfies(&schema, &one_after_another));
                prop_assert!(one_after_another.satisfies(&schema, &at_once));
            }
            None => {
                prop_assert!(matches!(first, Delta::Modify(_)));
                prop_assert!(matches!(second, Delta::Create(_)));
            }
        }
    }

    #[test]
    fn it_does_not_matter_which_neighbours_are_merged_first(
        first in delta(), second in delta(), third in delta(), before in state(),
    ) {
        let schema = schema();
        let left = first.merge(&schema, &second).and_then(|both| both.merge(&schema, &third));
        let right = second.merge(&schema, &third).and_then(|both| first.merge(&schema, &both));
        if let (Some(left), Some(right)) = (left, right) {
            let left = left.apply(&schema, &before);
            let right = right.apply(&schema, &before);
            prop_assert!(left.satisfies(&schema, &right) && right.satisfies(&schema, &left));
        }
    }

    #[test]
    fn a_chain_of_plans_merges_into_one_delta(wishes in prop::collection::vec(state(), 1..6), start in state()) {
        let schema = schema();
        let mut now = start.clone();
        let mut merged: Option<Delta> = None;
        for wish in &wishes {
            if let Some(delta) = plan(&schema, wish, &now) {
                now = delta.apply(&schema, &now);
                merged = Some(match merged {
                    None => delta,
                    Some(earlier) => earlier
                        .merge(&schema, &delta)
                        .expect("a plan never creates after a modification"),
                });
            }
        }
        if let Some(merged) = merged {
            let at_once = merged.apply(&schema, &start);
            prop_assert!(at_once.satisfies(&schema, &now) && now.satisfies(&schema, &at_once));
        }
    }
}
