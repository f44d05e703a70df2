//! What holds of readers.

use provisor_sandbox::World;

use crate::judges::{damage, reading};
use crate::property::{Judge, Level, Property, Remedy, judge};

const READER: &[World] = &[World::Reader];

const NO_SINGLE: &str = "a reader gives all rows of an export and nothing else: there is no look-up of one row, \
                         no filter and no choice of attributes in `wit/reading.wit`";

const NO_DELTA: &str = "an export is always read whole; what changed is found by the host, and there are no tokens \
                        in `wit/reading.wit`";

const HOST_OPENS: &str = "the host opens the export and gives an immutable snapshot of it: a reader has no files, \
                          no paths and no way to write";

const NOTHING: Remedy = Remedy {
    fix: "Nothing to do.",
    why: "The contract leaves no way to break it.",
};

const SAME: Remedy = Remedy {
    fix: "Compute rows from the settings and the content alone, and carry what is left of a piece over to the next.",
    why: "The host reads in pieces of its own choice; accounts that come and go with them look like drift.",
};

const HONEST: Remedy = Remedy {
    fix: "Return the `Failure` of `input.read` as it is, and look for a real end before saying `complete`.",
    why: "Accounts that are missing from an export that counts as whole look deleted, and are made again.",
};

const COUNTED: Remedy = Remedy {
    fix: "Give each row that is met either as a row or as a rejected one, with the line on which it begins.",
    why: "What is left out without a word is missing for the host, and nobody learns why.",
};

const CLEAN: Remedy = Remedy {
    fix: "Give one non-empty identifier for each row, reject rows without, and mark columns that can hold several \
          values as `multi-valued`.",
    why: "Accounts are compared by their identifier; a row without one belongs to nobody.",
};

const DECODED: Remedy = Remedy {
    fix: "Decode strictly in the encoding of the settings, leave out a byte-order mark, and refuse the rest as \
          `malformed`.",
    why: "A name with the wrong letters in it is written into accounts and comes back as a difference for ever.",
};

const PARSED: Remedy = Remedy {
    fix: "Parse with a library for the format, and take both kinds of line breaks, also none behind the last row.",
    why: "Exports are written by other programs with every update; a value cut at a line break is a wrong value.",
};

pub(super) static PROPERTIES: &[Property] = &[
    Property {
        id: "R22",
        worlds: READER,
        level: Level::Must,
        title: "The shape of the rows depends on the settings and the head of the export, not on its rows.",
        trial: "The example is opened whole, with a single row, and under another name: the columns are the same.",
        remedy: Remedy {
            fix: "Decide about columns, the identifier and `multi-valued` when the head was read.",
            why: "A column that comes and goes with the rows looks like an attribute that was emptied everywhere.",
        },
        judge: judge!(reading::shape_is_stable),
    },
    Property {
        id: "R23",
        worlds: READER,
        level: Level::Must,
        title: "Each row has one identifier of its own, and one value at most where the shape says so.",
        trial: "The rows of the example are compared with the shape.",
        remedy: CLEAN,
        judge: judge!(reading::rows_fit_the_shape),
    },
    Property {
        id: "R24",
        worlds: READER,
        level: Level::Must,
        title: "The same content gives the same rows, whatever it is called.",
        trial: "The example is read twice, the second time under another name.",
        remedy: SAME,
        judge: judge!(reading::reads_are_equal),
    },
    Property {
        id: "R25",
        worlds: READER,
        level: Level::Must,
        title: "The same rows come in batches of any size, from pieces of any size.",
        trial: "The example is read in batches of 2, 3, 7 and 4,096 rows, and given in pieces of 1, 7 and 64 bytes.",
        remedy: SAME,
        judge: judge!(reading::borders_do_not_matter),
    },
    Property {
        id: "R26",
        worlds: READER,
        level: Level::Must,
        title: "A pass comes to its end.",
        trial: "The example is read row by row; the end comes after no more batches than it has rows and lines.",
        remedy: Remedy {
            fix: "Answer `none` when the input has ended, and a batch without rows only when input was consumed.",
            why: "The host stops a reader that goes on without end, and the export is lost.",
        },
        judge: judge!(reading::comes_to_an_end),
    },
    outside(
        "R27",
        "A look-up by identifier gives the row of the list.",
        NO_SINGLE,
    ),
    outside(
        "R28",
        "A filter gives what filtering all rows gives.",
        NO_SINGLE,
    ),
    outside(
        "R29",
        "A choice of attributes gives those and the identifier.",
        NO_SINGLE,
    ),
    Property {
        id: "R30",
        worlds: READER,
        level: Level::Must,
        title: "An input that cannot be read is `unavailable`, and never an export with fewer rows.",
        trial: "The example breaks off with an error of the host at its beginning, in its middle and before its last byte.",
        remedy: HONEST,
        judge: judge!(reading::broken_input_is_unavailable),
    },
    Property {
        id: "R31",
        worlds: READER,
        level: Level::Must,
        title: "An export without rows is read, with no rows, as complete.",
        trial: "All rows are taken out of the example.",
        remedy: Remedy {
            fix: "Do not demand rows; whether so few are plausible is judged by the host.",
            why: "A new application has no accounts yet, and that is no mistake.",
        },
        judge: judge!(reading::no_rows_are_no_mistake),
    },
    Property {
        id: "R32",
        worlds: READER,
        level: Level::Must,
        title: "An export that is cut off within its last row is refused or said to be incomplete.",
        trial: "The example is cut at every byte of its last row (at 300 of them where it is longer).",
        remedy: Remedy {
            fix: "Say `complete` only when the end was seen: the trailer, the closing bracket, at least the line \
                  break behind the last row.",
            why: "Of an export that is taken for whole, accounts that are missing look deleted.",
        },
        judge: judge!(damage::cuts_are_noticed),
    },
    outside(
        "R33",
        "A source that is replaced during reading is read old or new, never mixed.",
        HOST_OPENS,
    ),
    Property {
        id: "R34",
        worlds: READER,
        level: Level::Must,
        title: "Positions and counts are true.",
        trial: "The lines from a row's position to the next one name its identifier; without them the example is read \
                without that row. The number that the export says is that of its rows.",
        remedy: COUNTED,
        judge: judge!(reading::positions_are_true),
    },
    Property {
        id: "R35",
        worlds: READER,
        level: Level::Must,
        title: "A row that is damaged is rejected by name or refused, and never left out.",
        trial: "The first half of a row (of 8, one after the other) is put in as a row of its own: there is one row, or one rejected row, more.",
        remedy: COUNTED,
        judge: judge!(damage::damaged_rows_are_counted),
    },
    Property {
        id: "R36",
        worlds: READER,
        level: Level::Must,
        title: "A row that is there twice is given twice, rejected or refused.",
        trial: "A row of the example is doubled.",
        remedy: COUNTED,
        judge: judge!(damage::double_rows_are_counted),
    },
    Property {
        id: "R37",
        worlds: READER,
        level: Level::Must,
        title: "A byte-order mark is no part of a value, and bytes of another encoding are noticed.",
        trial: "The example is read with a byte-order mark, with bytes in a row that are no UTF-8, and as UTF-16.",
        remedy: DECODED,
        judge: judge!(damage::encodings_are_told_apart),
    },
    Property {
        id: "R38",
        worlds: READER,
        level: Level::Must,
        title: "Line breaks of any kind end rows and are no part of values; what is quoted arrives as it is.",
        trial: "The example is read with the other kind of line breaks and without the last one. Where a value of it \
                stands in quotes, a quote, a line break and delimiters are put into it.",
        remedy: PARSED,
        judge: judge!(damage::line_breaks_and_quotes_are_read),
    },
    outside(
        "R39",
        "Applying deltas to one snapshot gives the next.",
        NO_DELTA,
    ),
    outside(
        "R40",
        "A token that is garbage is an error or a new beginning.",
        NO_DELTA,
    ),
    outside(
        "R41",
        "The source is not changed by reading it.",
        HOST_OPENS,
    ),
    outside(
        "R42",
        "No configured name leads to another file.",
        HOST_OPENS,
    ),
    Property {
        id: "R43",
        worlds: READER,
        level: Level::Should,
        title: "A million rows fit into the memory of a call.",
        trial: "100,000 rows, made by repeating those of the example, are read with a tenth of the memory that is left \
                of 128 MiB beside what the example takes.",
        remedy: Remedy {
            fix: "Give rows as soon as they are read, and keep nothing of them.",
            why: "Exports grow; a reader that keeps all of one stops working on the day it does not fit.",
        },
        judge: judge!(reading::many_rows_fit),
    },
];

const fn outside(id: &'static str, title: &'static str, why: &'static str) -> Property {
    Property {
        id,
        worlds: READER,
        level: Level::May,
        title,
        trial: "It is not tried.",
        remedy: NOTHING,
        judge: Judge::Outside(why),
    }
}
