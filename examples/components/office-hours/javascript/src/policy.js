// Care for leavers and for sensitive departments: accounts are taken away while somebody is there who could
// help, and not too many of them in a day; what happens to accounts of sensitive departments is done by one
// person for another.

import { allow, hold, notApplicable, route } from "./decision.js";

const time = {
  type: "string",
  pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$",
};

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "office-hours",
  version: "0.1.0",
  summary:
    "Takes accounts away in office hours and not too many at once, and has others look after sensitive ones.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["opens", "closes", "leavers", "sensitive", "reviewers"],
    properties: {
      opens: {
        ...time,
        description: "When the office opens, from Monday to Friday, in UTC.",
      },
      closes: { ...time, description: "When it closes, in UTC." },
      leavers: {
        type: "object",
        additionalProperties: false,
        required: ["few", "percent"],
        description:
          "How many accounts may be deleted or disabled in 24 hours before somebody has to look.",
        properties: {
          few: {
            type: "integer",
            minimum: 0,
            maximum: 1000000,
            description: "So many are never too many.",
          },
          percent: {
            type: "integer",
            minimum: 0,
            maximum: 100,
            description: "Beyond that, so many of a hundred accounts.",
          },
        },
      },
      sensitive: {
        type: "array",
        items: { type: "string", minLength: 1 },
        description: "Departments of whose people a second pair of eyes looks after the accounts.",
      },
      reviewers: {
        type: "string",
        minLength: 1,
        description: "The operators who get the cases of sensitive departments.",
      },
    },
  },
  origins: [],
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const [SUNDAY, SATURDAY] = [0, 6];

/** A time as the host gives it; `Date` takes much else for one. */
const MOMENT = /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** What no schema can say: a list of `{ path, message }`. Asked when the configuration is loaded. */
export function check({ opens, closes }) {
  return opens < closes ? [] : [{ path: "/closes", message: "the office closes before it opens" }];
}

/** Decides about one operation for itself: counters and the time come with the proposal. */
export function decide(proposal, settings) {
  const isLeaver = ["delete", "disable"].includes(proposal.first("operation"));
  const decision = isLeaver ? leaver(proposal, settings) : null;
  const departments = proposal.values("identity.department");
  if (!departments.some((department) => settings.sensitive.includes(department))) {
    return decision ?? notApplicable();
  }
  const { obligations, ...rest } = decision ?? allow();
  const watched = [route(settings.reviewers), { tag: "require-note" }, { tag: "by-another" }];
  return { ...rest, obligations: [...obligations, ...watched] };
}

/** Whether an account may be taken away now. */
function leaver(proposal, { opens, closes, leavers }) {
  const counts = ["deletes-24h", "disables-24h", "accounts"].map((name) =>
    proposal.first(`count.${name}`),
  );
  if (!counts.every((count) => /^\d{1,15}$/.test(count ?? ""))) {
    return hold("no-count", "nobody says how many accounts went today");
  }
  const [deletes, disables, accounts] = counts.map(Number);
  const before = deletes + disables;
  if (before + 1 > leavers.few && (before + 1) * 100 > leavers.percent * accounts) {
    const reason = `${before} of ${accounts} accounts went in the last 24 hours`;
    return hold("many-leavers", reason);
  }
  const said = proposal.first("now") ?? "";
  const now = MOMENT.test(said) ? Date.parse(said) : NaN;
  if (Number.isNaN(now)) {
    return hold("no-time", "nobody says what time it is");
  }
  const opening = nextOpening(now, minutesOf(opens), minutesOf(closes));
  return opening === null ? allow() : allow({ obligations: [{ tag: "delay-until", val: opening }] });
}

/** When the office opens next; `null` while it is open. */
function nextOpening(now, opens, closes) {
  const minute = Math.floor((now % DAY) / MINUTE);
  const midnight = now - (now % DAY);
  if (isWorkday(midnight) && opens <= minute && minute < closes) {
    return null;
  }
  let day = minute < opens ? midnight : midnight + DAY;
  while (!isWorkday(day)) {
    day += DAY;
  }
  return new Date(day + opens * MINUTE).toISOString().replace(".000Z", "Z");
}

const isWorkday = (midnight) => ![SATURDAY, SUNDAY].includes(new Date(midnight).getUTCDay());

/** The minutes since midnight of a time such as `07:00`. */
function minutesOf(time) {
  const [hours, minutes] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
