// Gives everybody a login, a name, a mail address and groups.

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "my-component",
  version: "0.1.0",
  summary: "Gives everybody a login, a name, a mail address and groups.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["mail-domain"],
    properties: {
      "mail-domain": {
        type: "string",
        minLength: 1,
        description: "What stands behind the @ of a mail address.",
      },
    },
  },
  origins: [],
};

/** All attributes that this mapping looks after. */
export const attributes = ["login", "name", "mail", "groups"];

/** The longest login and the longest name, in characters. */
const LONGEST_LOGIN = 20;
const LONGEST_NAME = 200;

/** What no schema can say: a list of `{ path, message }`. Asked when the configuration is loaded. */
export function check(settings) {
  return settings["mail-domain"].includes("@")
    ? [{ path: "/mail-domain", message: "leave out the @" }]
    : [];
}

/**
 * Maps one identity, and always the same one to the same account. An attribute that is not mentioned
 * has no value.
 */
export function map(identity, account, settings) {
  const given = identity.first("given");
  const family = identity.first("family");
  if (given === undefined || family === undefined) {
    account.fail("the identity needs `given` and `family`");
    return;
  }
  const name = `${given} ${family}`;
  if ([...name].length > LONGEST_NAME) {
    account.fail(`a name has at most ${LONGEST_NAME} characters`);
    return;
  }
  const login = loginOf(given, family, Number(identity.first("$iteration") ?? 0));
  if (login === null) {
    account.fail("the name has no letters that a login could be made of");
    return;
  }
  // A mistake in one attribute does not spoil the others.
  if (/^[a-z0-9]*$/.test(login)) {
    account.set("mail", `${login}@${settings["mail-domain"]}`);
  } else {
    account.error("mail", "the login has letters that a mail address cannot have");
  }
  account.set("login", login);
  account.set("name", name);
  account.set("groups", identity.values("team").map((team) => team.toLowerCase()));
}

/**
 * The first letter of the given name and the family name. When that belongs to another account, the
 * host asks again with the next iteration, and another login must come out.
 */
function loginOf(given, family, iteration) {
  const letters = (text) => [...text.toLowerCase().replace(/[^\p{Alphabetic}\p{Number}]/gu, "")];
  const number = iteration === 0 ? "" : `${iteration}`;
  const stem = [...letters(given).slice(0, 1), ...letters(family)];
  return stem.length === 0 ? null : stem.slice(0, LONGEST_LOGIN - number.length).join("") + number;
}
