//! What holds of components of every world.

use super::ALL;
use crate::judges::{breakdowns, description, repetition, settings, texts};
use crate::property::{Judge, Level, Property, Remedy, judge};

const LOAD: Remedy = Remedy {
    fix: "Import only what `wit/world.wit` offers to the world, and keep out libraries that open files, sockets or clocks.",
    why: "A component reaches nothing but what the contract offers; whatever insists on more breaks down.",
};

const DESCRIBE: Remedy = Remedy {
    fix: "Correct what the component says of itself, in its section and in `describe`: both come from one place in the SDK.",
    why: "People choose by it, and the host orders versions by it.",
};

const SCHEMA: Remedy = Remedy {
    fix: "Make the settings schema a JSON Schema (draft 2020-12) that accepts the example, and mark each secret with `\"writeOnly\": true`.",
    why: "The host judges settings by it before anything runs; a secret that is not marked is shown and stored like any other setting.",
};

const SETTINGS: Remedy = Remedy {
    fix: "Name the required settings, give each a type, set `\"additionalProperties\": false`, and let `check-settings` judge the rest.",
    why: "A slip in the configuration is told when it is loaded, with its place, rather than when somebody waits for an account.",
};

pub(super) const PURE: Remedy = Remedy {
    fix: "Compute from the input alone: no static variables, no hash order, no clock, no randomness.",
    why: "The host asks again at any time and compares; what changes by itself looks like a change that somebody has to carry out.",
};

const LIMITS: Remedy = Remedy {
    fix: "Bound loops, recursion, buffers and log lines by the size of the input, and refuse what is larger in words.",
    why: "Input from outside must not end a call: until somebody mends the component, all work of this kind stands still.",
};

const PANIC: Remedy = Remedy {
    fix: "Return a failure, a remark or a rejected row where the code panics: no unwrap, no index out of bounds, no exit.",
    why: "A panic ends the call for all rows, and tells people nothing that they can act on.",
};

const TEXT: Remedy = Remedy {
    fix: "Treat texts as Unicode from end to end, and refuse what cannot be kept.",
    why: "A name that comes out otherwise than it went in is written into an account, and found by nobody.",
};

const FAILURE: Remedy = Remedy {
    fix: "Choose the kind of failure by what has to happen next, as `wit/types.wit` says of each.",
    why: "The host decides by it whether to try again, to ask a person, or to give up.",
};

const SECRET: Remedy = Remedy {
    fix: "Never put a secret into an answer, a failure or a log line, not even in part or while looking for a fault.",
    why: "Answers, failures and log lines are stored and shown; a secret in them has to be changed.",
};

const LOG: Remedy = Remedy {
    fix: "Write values into log lines in a quoted form, without line ends and control characters.",
    why: "Whoever controls a value could forge lines, or play with the terminal of whoever reads them.",
};

const VERSION: Remedy = Remedy {
    fix: "Build all of the component from the same WIT package, of one version, without anything of another.",
    why: "A host that serves a newer patch runs old components; it can only do so for what is consistent in itself.",
};

const START: Remedy = Remedy {
    fix: "Do less before the first answer: build tables when they are needed, and parse the settings once.",
    why: "Each unit of work gets a fresh instance, so its start is paid again and again.",
};

pub(super) static PROPERTIES: &[Property] = &[
    Property {
        id: "G1",
        worlds: ALL,
        level: Level::Must,
        title: "It loads as a component of its world, and insists on nothing that this world does not offer.",
        trial: "It is loaded and does the example; whatever it asked for and was refused is told.",
        remedy: LOAD,
        judge: judge!(description::loads),
    },
    Property {
        id: "G2",
        worlds: ALL,
        level: Level::Must,
        title: "It says what it is: name, semantic version, summary, abilities and origins, the same in its section and when asked.",
        trial: "Both are compared, and each field is judged by what `wit/about.wit` says of it.",
        remedy: DESCRIBE,
        judge: judge!(description::describes),
    },
    Property {
        id: "G3",
        worlds: ALL,
        level: Level::Must,
        title: "Its settings have a schema that accepts the example, and settings that look like secrets are marked as such.",
        trial: "The schema is compiled, the example is judged by it, and the names of settings are looked at.",
        remedy: SCHEMA,
        judge: judge!(description::has_a_schema),
    },
    Property {
        id: "G4",
        worlds: ALL,
        level: Level::Must,
        title: "Settings that miss something, have a wrong type or are not known are refused, with a place.",
        trial: "The example is spoilt in one setting after the other and judged as when a configuration is loaded.",
        remedy: SETTINGS,
        judge: judge!(settings::are_judged),
    },
    Property {
        id: "G5",
        worlds: ALL,
        level: Level::Must,
        title: "The same input gives the same answer, from every instance and however often it is asked.",
        trial: "The example is done by three fresh instances, and three times by one.",
        remedy: PURE,
        judge: judge!(repetition::is_deterministic),
    },
    Property {
        id: "G6",
        worlds: ALL,
        level: Level::Must,
        title: "What an instance was told before does not show in what it says later.",
        trial: "An instance does the example with a word in it that occurs nowhere else, and then the example itself.",
        remedy: PURE,
        judge: judge!(repetition::forgets),
    },
    Property {
        id: "G7",
        worlds: ALL,
        level: Level::Must,
        title: "It keeps to the time by the clock.",
        trial: "It is not tried.",
        remedy: LIMITS,
        judge: Judge::Outside(
            "The host ends whatever takes too long; what a component can do wrong with time is tried as G8.",
        ),
    },
    Property {
        id: "G8",
        worlds: ALL,
        level: Level::Must,
        title: "Hostile input does not make it run on.",
        trial: "Some hundred hostile inputs are done with one second of a processor each.",
        remedy: LIMITS,
        judge: judge!(breakdowns::ends),
    },
    Property {
        id: "G9",
        worlds: ALL,
        level: Level::Must,
        title: "Hostile input does not make it use up its memory.",
        trial: "Some hundred hostile inputs are done within the memory that a component gets.",
        remedy: LIMITS,
        judge: judge!(breakdowns::keeps_to_its_memory),
    },
    Property {
        id: "G10",
        worlds: ALL,
        level: Level::Must,
        title: "Hostile input does not make it recurse too deeply.",
        trial: "Some hundred hostile inputs are done, thousands of nested brackets among them.",
        remedy: LIMITS,
        judge: judge!(breakdowns::keeps_to_its_stack),
    },
    Property {
        id: "G11",
        worlds: ALL,
        level: Level::Must,
        title: "Hostile input does not make it flood the host with output.",
        trial: "Some hundred hostile inputs are done within the limits for answers and log lines.",
        remedy: LIMITS,
        judge: judge!(breakdowns::does_not_flood),
    },
    Property {
        id: "G12",
        worlds: ALL,
        level: Level::Must,
        title: "Hostile input does not make it panic or exit.",
        trial: "Some hundred hostile inputs are done: texts of every kind, in every place.",
        remedy: PANIC,
        judge: judge!(breakdowns::does_not_panic),
    },
    Property {
        id: "G13",
        worlds: ALL,
        level: Level::Must,
        title: "Huge input is done, or refused in words.",
        trial: "The example gets a value of a megabyte, ten thousand values, and thousands of rows.",
        remedy: LIMITS,
        judge: judge!(breakdowns::takes_huge_input),
    },
    Property {
        id: "G14",
        worlds: ALL,
        level: Level::Must,
        title: "Texts keep their letters, or are refused.",
        trial: "Answers to hostile texts are searched for letters that were lost or read in another encoding.",
        remedy: TEXT,
        judge: judge!(texts::are_not_mangled),
    },
    Property {
        id: "G15",
        worlds: ALL,
        level: Level::Must,
        title: "Failures have the kind that says what has to happen next, and a message.",
        trial: "It works with settings that are wrong, and on hostile input.",
        remedy: FAILURE,
        judge: judge!(settings::failures_are_typed),
    },
    Property {
        id: "G16",
        worlds: ALL,
        level: Level::Must,
        title: "No secret shows in an answer, a failure or a log line.",
        trial: "Its secrets have values that occur nowhere else, which are looked for in everything that it says.",
        remedy: SECRET,
        judge: judge!(texts::secrets_stay_secret),
    },
    Property {
        id: "G17",
        worlds: ALL,
        level: Level::Should,
        title: "Log lines are lines, without control characters.",
        trial: "It is given hostile texts, and lines that the host had to clean are counted.",
        remedy: LOG,
        judge: judge!(texts::log_lines_are_clean),
    },
    Property {
        id: "G18",
        worlds: ALL,
        level: Level::Should,
        title: "It is made from one version of the contract, and does the same where a newer patch of it is served.",
        trial: "The versions of its imports and exports are compared; then they are raised in its bytes, and it does the example again.",
        remedy: VERSION,
        judge: judge!(description::is_of_one_version),
    },
    Property {
        id: "G19",
        worlds: ALL,
        level: Level::Must,
        title: "Instances side by side do what one alone does.",
        trial: "Eight instances do the example at a time, each with other random numbers.",
        remedy: PURE,
        judge: judge!(repetition::is_the_same_in_parallel),
    },
    Property {
        id: "G20",
        worlds: ALL,
        level: Level::Should,
        title: "A fresh instance answers within 50 ms of a processor.",
        trial: "A fresh instance does one row of the example.",
        remedy: START,
        judge: judge!(repetition::starts_quickly),
    },
    Property {
        id: "G21",
        worlds: ALL,
        level: Level::Must,
        title: "A call that is ended half way leaves nothing behind.",
        trial: "It is not tried.",
        remedy: PURE,
        judge: Judge::Outside(
            "The host takes the instance away with the call; what a request to another system leaves behind is tried as T45.",
        ),
    },
];
