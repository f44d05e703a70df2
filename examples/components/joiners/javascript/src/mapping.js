// Accounts for people who join: a short login of plain letters that nobody else has, groups by department,
// and an end for those who come from outside.

const groups = { type: "array", items: { type: "string", minLength: 1 } };

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "joiners",
  version: "0.1.0",
  summary: "Gives everybody who joins a login, groups by department, and an end.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["longest-login", "groups"],
    properties: {
      "longest-login": {
        type: "integer",
        minimum: 4,
        maximum: 64,
        description: "How many characters the application takes as a login.",
      },
      everybody: { ...groups, description: "The groups that everybody is in." },
      groups: {
        type: "object",
        additionalProperties: groups,
        description: "For each department the groups that its people are in.",
      },
    },
  },
  origins: [],
};

/** All attributes that this mapping looks after. */
export const attributes = ["login", "name", "mail", "groups", "valid-until"];

/** Letters that are no accented form of a plain one. */
const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th" };

/** What no schema can say: a list of `{ path, message }`. Asked when the configuration is loaded. */
export function check({ everybody = [], groups }) {
  return Object.entries(groups)
    .filter(([, groups]) => groups.some((group) => everybody.includes(group)))
    .map(([department]) => ({
      path: `/groups/${department.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      message: "everybody is in one of these groups already",
    }));
}

/** Maps one identity, and always the same one to the same account. */
export function map(identity, account, settings) {
  const given = identity.first("given");
  const family = identity.first("family");
  if (given === undefined || family === undefined) {
    account.fail("the identity needs `given` and `family`");
    return;
  }
  const stem = plain(given).slice(0, 1) + plain(family);
  if (stem === "") {
    account.fail("the name has no letters that a login could be made of");
    return;
  }
  const longest = settings["longest-login"];
  const login = loginOf(stem, Number(identity.first("$iteration") ?? 0), longest);
  if (login === null) {
    account.fail(`no login of ${longest} characters is free`);
    return;
  }
  account.set("login", login);
  account.set("name", `${given} ${family}`);
  // Until the mail system has given an address, the account keeps what it has.
  const mail = identity.first("mail");
  if (mail === undefined) {
    account.leftAlone("mail");
  } else {
    account.set("mail", mail);
  }
  account.set("groups", groupsOf(identity, account, settings));
  // A mistake in one attribute does not spoil the others.
  if (identity.first("kind") === "external") {
    const day = identity.first("end-date") ?? "";
    if (/^\d{4}-\d{2}-\d{2}$/.test(day)) {
      account.set("valid-until", day);
    } else {
      const message = "who comes from outside needs an `end-date` such as 2026-12-31";
      account.error("valid-until", message);
    }
  }
}

/**
 * The beginning of a login. When that belongs to another account, the host asks with the next iteration:
 * then a number takes the place of the last letters.
 */
function loginOf(stem, iteration, longest) {
  const number = iteration === 0 ? "" : `${iteration + 1}`;
  const room = longest - number.length;
  // A login begins with a letter of the name.
  return room > 0 ? stem.slice(0, room) + number : null;
}

/** The letters a to z and the digits of a text, without what stands above or below them. */
const plain = (text) =>
  text
    .toLowerCase()
    .replace(/[ßæœøłđðþ]/g, (letter) => LETTERS[letter])
    .normalize("NFD")
    .replace(/[^a-z0-9]/g, "");

/** The groups of everybody and of all departments, each once. */
function groupsOf(identity, account, { everybody = [], groups }) {
  const found = new Set(everybody);
  for (const department of identity.values("department")) {
    // A department could be called `constructor`.
    if (Object.hasOwn(groups, department)) {
      groups[department].forEach((group) => found.add(group));
    } else {
      account.warn("groups", `the settings have no groups for ${department}`);
    }
  }
  return found;
}
