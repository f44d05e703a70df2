//! What holds of ticketing components.

use provisor_sandbox::World;

use crate::judges::{changes, conditions, tickets, trouble, wording};
use crate::property::{Judge, Level, Property, Remedy, judge};

const TICKETING: &[World] = &[World::Ticketing];

const NOTHING: Remedy = Remedy {
    fix: "Nothing to do.",
    why: "The contract leaves no way to break it.",
};

const FOLLOWED: Remedy = Remedy {
    fix: "Give the reference under which `status` asks, and compare what comes back with it.",
    why: "The host asks for a ticket by its reference for months; a ticket that it cannot follow is work that is lost.",
};

const ONCE: Remedy = Remedy {
    fix: "Send the correlation id with the request that makes the ticket, never send that request again, and tell a \
          lost answer as `ambiguous`.",
    why: "A person gets the same work twice, or does what somebody else has undone.",
};

const COMPARED: Remedy = Remedy {
    fix: "Compare the correlation id of each record that a search shows, and fail where the answer is not the \
          system's own.",
    why: "\"Nothing found\" makes the host create a second ticket; a wrong ticket makes it follow the work of others.",
};

const CLASSES: Remedy = Remedy {
    fix: "Map each status that means \"done\" by name, with its resolution, and everything else to `unknown`.",
    why: "What counts as done is not done again: an account that was never made is believed to be there.",
};

const BELIEVED: Remedy = Remedy {
    fix: "Say `gone` only when the system itself says of this ticket that it is not there any more.",
    why: "The work of a ticket that is gone is raised anew, although somebody may be at it.",
};

pub(super) static PROPERTIES: &[Property] = &[
    Property {
        id: "T44",
        worlds: TICKETING,
        level: Level::Must,
        title: "A ticket that was made is there at once, as it was drafted, under the reference that was given.",
        trial: "A ticket is made; people see its title and text, `status` shows it open, `find` shows the same reference.",
        remedy: FOLLOWED,
        judge: judge!(tickets::a_ticket_is_there_at_once),
    },
    Property {
        id: "T45",
        worlds: TICKETING,
        level: Level::Must,
        title: "One correlation id makes one ticket, also when the answer gets lost.",
        trial: "Each request of `create` loses its answer, then is lost itself; the host asks `find` and creates again only \
                if nothing is found: there is one ticket, and `find` shows one.",
        remedy: ONCE,
        judge: judge!(tickets::one_id_makes_one_ticket),
    },
    Property {
        id: "T46",
        worlds: TICKETING,
        level: Level::Must,
        title: "`find` shows the tickets with exactly this correlation id, and says \"none\" only when the system does.",
        trial: "Among tickets with similar ids it is asked for one of them, for its beginning, in capitals, for an unknown \
                one, for one that is closed; and while a login page or a proxy answers.",
        remedy: COMPARED,
        judge: judge!(tickets::find_is_exact),
    },
    Property {
        id: "T47",
        worlds: TICKETING,
        level: Level::Must,
        title: "Every status has a class, and one that nobody knows is never closed.",
        trial: "People begin, resolve, and set a status that no site has; classes and native statuses are compared.",
        remedy: CLASSES,
        judge: judge!(conditions::every_status_has_a_class),
    },
    Property {
        id: "T48",
        worlds: TICKETING,
        level: Level::Must,
        title: "A ticket that was closed without the work is not done.",
        trial: "People refuse one ticket and cancel another.",
        remedy: CLASSES,
        judge: judge!(conditions::closed_is_not_done),
    },
    Property {
        id: "T49",
        worlds: TICKETING,
        level: Level::Must,
        title: "A ticket that is gone, one that may not be seen and one that could not be asked are told apart.",
        trial: "A ticket is hidden, another one deleted; then a login page, and pages of a proxy with 403 and 404, answer.",
        remedy: BELIEVED,
        judge: judge!(conditions::gone_is_not_hidden),
    },
    Property {
        id: "T50",
        worlds: TICKETING,
        level: Level::Must,
        title: "A ticket that was opened again is not done any more.",
        trial: "People resolve a ticket and open it again.",
        remedy: CLASSES,
        judge: judge!(conditions::reopened_is_open),
    },
    Property {
        id: "T51",
        worlds: TICKETING,
        level: Level::Must,
        title: "A field that the system wants and the settings do not fill is told as such, and no ticket is made.",
        trial: "The product is told to want one field more.",
        remedy: Remedy {
            fix: "Tell what the system says about a field as `configuration` or `rejected`, with the name of the field.",
            why: "It fails the same way each time: trying again wastes the time in which a person could mend the settings.",
        },
        judge: judge!(tickets::missing_fields_are_told),
    },
    Property {
        id: "T52",
        worlds: TICKETING,
        level: Level::Must,
        title: "A value is text, whatever it looks like.",
        trial: "HTML, wiki markup, Markdown, templates and mentions stand in every place of a draft; the description, as \
                the product keeps it, shows them and obeys none.",
        remedy: Remedy {
            fix: "Write descriptions with `document` of the SDK, or escape every character with which the markup of the \
                  system begins.",
            why: "Values come from many systems; one that is taken for markup shows something else to whoever does the \
                  work, or runs in their browser.",
        },
        judge: judge!(wording::values_are_text),
    },
    Property {
        id: "T53",
        worlds: TICKETING,
        level: Level::Must,
        title: "A title or a text that is too long is cut, each time in the same way, and says so.",
        trial: "A title of 3,000 characters and a description of 200,000 make a ticket, twice; what is left of the title is \
                its beginning, with a mark where it was cut.",
        remedy: Remedy {
            fix: "Cut with `document::cut` and `document::fit` to what the system takes.",
            why: "A system refuses what is too long, or drops the end without a word, and with it half of the work.",
        },
        judge: judge!(wording::long_texts_are_cut),
    },
    Property {
        id: "T54",
        worlds: TICKETING,
        level: Level::Must,
        title: "No secret of the settings gets into a ticket, a URL or an answer.",
        trial: "Each function is called, also while the system breaks down; values of the secrets that the component reads \
                are looked for in what is sent (but not in header fields), in tickets, in answers and in errors.",
        remedy: Remedy {
            fix: "Use a secret in a header field only, or leave credentials to the host altogether.",
            why: "Tickets, logs and addresses are read by many who must not know it.",
        },
        judge: judge!(wording::secrets_stay_secret),
    },
    outside(
        "T55",
        "Attachments arrive as they were sent.",
        "a draft has no attachments in `wit/tickets.wit`: what has to be done stands in the description",
    ),
    Property {
        id: "T56",
        worlds: TICKETING,
        level: Level::Should,
        title: "Many tickets are asked for with few requests, and each is told as if it were asked for alone.",
        trial: "500 tickets, some of them begun and resolved, are asked for in batches: at most 5 requests a batch, \
                and a sample is asked for one by one.",
        remedy: Remedy {
            fix: "Ask for a whole batch with one search, and give `behaviour.batch` as the search allows.",
            why: "Thousands of tickets are asked for every few minutes; one by one, the system slows down or refuses.",
        },
        judge: judge!(conditions::many_are_asked_at_once),
    },
    Property {
        id: "T57",
        worlds: TICKETING,
        level: Level::Must,
        title: "A system that asks for fewer calls is left alone, and the host is told for how long.",
        trial: "Each function meets 429, with `retry-after: 7` and without: it ends as `rate-limited` with that time, \
                after at most two requests more.",
        remedy: Remedy {
            fix: "Return `Response::failure` for 429, and never send a request again by yourself.",
            why: "The host waits as long as the system asks; a component that goes on is shut out together with everybody.",
        },
        judge: judge!(trouble::limits_are_heeded),
    },
    Property {
        id: "T58",
        worlds: TICKETING,
        level: Level::Must,
        title: "What goes wrong is told as the contract says.",
        trial: "Each of the first four requests of each function meets, from then on, an unreachable system, a lost \
                request or answer, half an answer, silence, an answer without end, garbage, 400, 401, 403, 500, 502 and 503.",
        remedy: Remedy {
            fix: "Pass failures of `http.send` on as they are, and tell an answer by its status and by whether the request \
                  could change something: `Response::failure` of the SDK does.",
            why: "The kind decides what the host does: wait, look whether it was done, or give the work to a person.",
        },
        judge: judge!(trouble::trouble_is_told),
    },
    Property {
        id: "T59",
        worlds: TICKETING,
        level: Level::Must,
        title: "Comments and withdrawals do what `behaviour` says, and leave finished tickets alone.",
        trial: "A ticket is commented and withdrawn, another one withdrawn after people have resolved it; what \
                `behaviour` denies ends in `unsupported`.",
        remedy: Remedy {
            fix: "Say in `behaviour` what works, look whether a withdrawal has worked, and refuse it for closed tickets.",
            why: "The host counts on it: work that is withdrawn in words only is done by somebody all the same.",
        },
        judge: judge!(changes::comments_and_withdrawals_work),
    },
    Property {
        id: "T60",
        worlds: TICKETING,
        level: Level::Must,
        title: "Messages that cannot be understood are refused or ignored, and asking for their status is left to the host.",
        trial: "Empty, garbled and foreign messages are received; nothing is sent anywhere, and nothing breaks down.",
        remedy: Remedy {
            fix: "Parse a message without trusting it, and return `malformed` or no hints for what is not understood.",
            why: "Anybody who can reach the address of the webhook decides what stands in its messages.",
        },
        judge: judge!(changes::messages_are_not_trusted),
    },
    Property {
        id: "T61",
        worlds: TICKETING,
        level: Level::Must,
        title: "Only what is granted is reached, and no redirect is followed.",
        trial: "A ticket lives through all functions; then each of them is answered with a redirect to another host.",
        remedy: Remedy {
            fix: "Build every address from the settings, and take an answer of 3xx for a failure.",
            why: "The host ends a call that goes where it was not granted; and what follows a redirect believes whoever sent it.",
        },
        judge: judge!(trouble::only_granted_is_reached),
    },
    outside(
        "T62",
        "Clocks that differ lose no update.",
        "the host asks for tickets by their reference and never for what changed since a time, and the component has no \
         clock",
    ),
    outside(
        "T63",
        "A ticket for several operations can be done in part.",
        "a ticket stands for the operations of one account, which an export verifies attribute by attribute; the \
         contract knows no part of a ticket",
    ),
];

const fn outside(id: &'static str, title: &'static str, why: &'static str) -> Property {
    Property {
        id,
        worlds: TICKETING,
        level: Level::May,
        title,
        trial: "It is not tried.",
        remedy: NOTHING,
        judge: Judge::Outside(why),
    }
}
