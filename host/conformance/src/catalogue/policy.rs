//! What holds of policies.

use provisor_sandbox::World;

use crate::judges::policy;
use crate::property::{Judge, Level, Property, Remedy, judge};

const POLICY: &[World] = &[World::Policy];

const REASON: Remedy = Remedy {
    fix: "Give every `deny` and `hold` a code of one word and a sentence with the reason.",
    why: "A person has to decide what happens next, and a machine counts by the code.",
};

const CLOSED: Remedy = Remedy {
    fix: "Fail with `configuration` when a setting that is needed is not there.",
    why: "A policy that lets things out because it knows no rule protects nothing.",
};

const OBLIGATION: Remedy = Remedy {
    fix: "Write obligations as `wit/decisions.wit` says: times in RFC 3339, names that exist, groups of one word.",
    why: "The host holds an operation with an obligation that it cannot heed.",
};

const NOW: Remedy = Remedy {
    fix: "Take the time from `now` alone, as an instant: parse it with its offset and compare instants.",
    why: "The same moment is written in many ways; a freeze that begins an hour late has not been kept.",
};

const MONOTONE: Remedy = Remedy {
    fix: "Compare counters with `>=`, and do not let anything out again above a bound.",
    why: "A guard against mass deletion that opens again after enough deletions is none.",
};

const INVENT: Remedy = Remedy {
    fix: "Name in reasons and warnings only what stands in the proposal or in the settings.",
    why: "A person acts on the explanation, and goes after whoever is named in it.",
};

const DECIDE: Remedy = Remedy {
    fix: "Decide each proposal for itself: nothing from the others, nothing about where it stands.",
    why: "The host asks about one or many at once, as it happens to; what came before is told by the counters.",
};

pub(super) static PROPERTIES: &[Property] = &[
    Property {
        id: "P74",
        worlds: POLICY,
        level: Level::Must,
        title: "Every proposal gets a decision; a deny or hold has a code and a reason.",
        trial: "The example is decided with every operation and many counts, and hostile input is.",
        remedy: REASON,
        judge: judge!(policy::gives_reasons),
    },
    Property {
        id: "P75",
        worlds: POLICY,
        level: Level::Must,
        title: "It lets nothing out while a setting that is needed is not there.",
        trial: "The example is decided without each of the settings that are required.",
        remedy: CLOSED,
        judge: judge!(policy::allows_nothing_without_settings),
    },
    Property {
        id: "P76",
        worlds: POLICY,
        level: Level::Must,
        title: "A decision that fails holds the operation.",
        trial: "It is not tried.",
        remedy: CLOSED,
        judge: Judge::Outside(
            "The host holds an operation when its policy fails, whatever the component is.",
        ),
    },
    Property {
        id: "P77",
        worlds: POLICY,
        level: Level::Must,
        title: "Obligations can be heeded.",
        trial: "The example is decided with every operation, and each obligation is judged by what the contract says of it.",
        remedy: OBLIGATION,
        judge: judge!(policy::obliges_soundly),
    },
    Property {
        id: "P78",
        worlds: POLICY,
        level: Level::Must,
        title: "Time comes from the proposal, and the way in which it is written does not matter.",
        trial: "The example is decided at several moments of the clock, and with `now` at each hour around changes of the clocks, written with three offsets.",
        remedy: NOW,
        judge: judge!(policy::knows_time_from_the_proposal),
    },
    Property {
        id: "P79",
        worlds: POLICY,
        level: Level::Should,
        title: "After more operations no more goes out than after fewer.",
        trial: "The example is decided with counters from none to a million.",
        remedy: MONOTONE,
        judge: judge!(policy::is_stricter_after_more),
    },
    Property {
        id: "P80",
        worlds: POLICY,
        level: Level::Should,
        title: "Explanations name only what stands in the proposal or in the settings.",
        trial: "Reasons and warnings are searched for names of accounts, people and records.",
        remedy: INVENT,
        judge: judge!(policy::invents_nothing),
    },
    Property {
        id: "P81",
        worlds: POLICY,
        level: Level::Must,
        title: "A proposal is decided alone as in company.",
        trial: "The example with every operation is decided at once in a mixed order, and each proposal alone.",
        remedy: DECIDE,
        judge: judge!(policy::decides_each_alone),
    },
];
