//! What holds of mappings.

use provisor_sandbox::World;

use super::general::PURE;
use crate::judges::{mapping, repetition};
use crate::property::{Judge, Level, Property, Remedy, judge};

const MAPPING: &[World] = &[World::Mapping];

const MISSING: Remedy = Remedy {
    fix: "Give a remark about the cell or row concerned, and go on with the others; fail only when nothing can be evaluated.",
    why: "One identity with a gap must not keep everybody else from getting an account.",
};

const SHAPE: Remedy = Remedy {
    fix: "Return the same attributes for every page, whatever is in it, with a cell for each in every row.",
    why: "The host manages the attributes that are named: one that comes and goes would be emptied and filled by turns.",
};

const EACH: Remedy = Remedy {
    fix: "Map each row for itself: nothing from the rows before, nothing about where it stands.",
    why: "The host maps the same identity alone or among others, as it happens to; `$iteration` is how a name that is taken is told.",
};

const ITERATION: Remedy = Remedy {
    fix: "Put `$iteration` into the identifier when it is not 0, such as a number at its end.",
    why: "When the identifier belongs to another account, the host asks with the next iteration; the same answer again leaves the work to a person.",
};

const SPEED: Remedy = Remedy {
    fix: "Compile expressions and tables once for an instance, not for each row.",
    why: "All accounts are computed again when the mapping changes: 10,000 a second are ten seconds for a hundred thousand people.",
};

const REGEX: Remedy = Remedy {
    fix: "Use regular expressions without going back (RE2, the crate regex), or none.",
    why: "A value of forty characters would keep the host busy until it ends the call, and with it all others.",
};

const ERRORS: Remedy = Remedy {
    fix: "Leave the other attributes of the row as they are, and give each that cannot be computed its own remark.",
    why: "An empty cell without a remark means that the account shall have no value there.",
};

pub(super) static PROPERTIES: &[Property] = &[
    Property {
        id: "M64",
        worlds: MAPPING,
        level: Level::Must,
        title: "The clock does not matter.",
        trial: "The example is mapped at several moments between 2000 and 2100.",
        remedy: PURE,
        judge: judge!(repetition::heeds_no_clock),
    },
    Property {
        id: "M65",
        worlds: MAPPING,
        level: Level::Must,
        title: "A missing or empty value concerns the identity that it belongs to.",
        trial: "One column, and one cell after the other, is taken away or emptied; the other identities must get the same accounts as before.",
        remedy: MISSING,
        judge: judge!(mapping::bears_missing_values),
    },
    Property {
        id: "M66",
        worlds: MAPPING,
        level: Level::Must,
        title: "The attributes are the same for every page, and the answer keeps the rules of the contract.",
        trial: "The example, parts of it, and hostile input are mapped, and the names of the attributes are compared.",
        remedy: SHAPE,
        judge: judge!(mapping::has_a_shape),
    },
    Property {
        id: "M67",
        worlds: MAPPING,
        level: Level::Must,
        title: "An identity gets the same account alone as in company, wherever it stands and however often.",
        trial: "Each row of the example is mapped alone, all in another order, and all twice.",
        remedy: EACH,
        judge: judge!(mapping::maps_each_alone),
    },
    Property {
        id: "M68",
        worlds: MAPPING,
        level: Level::Should,
        title: "Each iteration gives another identifier.",
        trial: "The example is mapped with `$iteration` from 0 to 9: at least one attribute has another value each time.",
        remedy: ITERATION,
        judge: judge!(mapping::iterates),
    },
    Property {
        id: "M69",
        worlds: MAPPING,
        level: Level::May,
        title: "What was made uniform stays as it is when it is made so again.",
        trial: "It is not tried.",
        remedy: PURE,
        judge: Judge::Outside(
            "The contract 0.1 has no place in which a mapping says which attributes it makes uniform.",
        ),
    },
    Property {
        id: "M70",
        worlds: MAPPING,
        level: Level::May,
        title: "The standard tasks of mappings can be expressed.",
        trial: "It is not tried.",
        remedy: PURE,
        judge: Judge::Outside(
            "A component is one mapping. That is asked of a language for mappings, such as the one of cel-mapping.",
        ),
    },
    Property {
        id: "M71",
        worlds: MAPPING,
        level: Level::Should,
        title: "10,000 identities are mapped in a second.",
        trial: "A thousand identities are mapped at once by an instance that has started.",
        remedy: SPEED,
        judge: judge!(mapping::is_quick),
    },
    Property {
        id: "M72",
        worlds: MAPPING,
        level: Level::Must,
        title: "No text makes a regular expression try every way there is.",
        trial: "Texts at which such expressions go back get one second of a processor each.",
        remedy: REGEX,
        judge: judge!(mapping::does_not_backtrack),
    },
    Property {
        id: "M73",
        worlds: MAPPING,
        level: Level::Should,
        title: "An error in one attribute leaves the values of the others.",
        trial: "One cell after the other is emptied; where that gives an error, some other attribute keeps a value or has its own remark.",
        remedy: ERRORS,
        judge: judge!(mapping::errors_stay_with_their_attribute),
    },
];
