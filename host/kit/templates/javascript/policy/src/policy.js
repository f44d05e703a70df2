// Protects some accounts, and slows down deleting.

import { allow, deny, hold, priority } from "./decision.js";

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "my-component",
  version: "0.1.0",
  summary: "Protects some accounts, and slows down deleting.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["protected", "deletes-a-day"],
    properties: {
      protected: {
        type: "array",
        items: { type: "string" },
        description: "Accounts that are never deleted.",
      },
      "deletes-a-day": {
        type: "integer",
        minimum: 0,
        description: "So many accounts may be deleted in 24 hours before somebody has to look.",
      },
    },
  },
  origins: [],
};

/** What no schema can say: a list of `{ path, message }`. Asked when the configuration is loaded. */
export function check(settings) {
  return settings.protected.flatMap((account, place) =>
    account === "" ? [{ path: `/protected/${place}`, message: "no account is called so" }] : [],
  );
}

/**
 * Decides about one operation for itself. Nothing is remembered: counters and the time come with the
 * proposal (wit/decisions.wit lists what it has). When this fails, in whatever way, the operation is
 * held for a person.
 */
export function decide(proposal, settings) {
  switch (proposal.first("operation")) {
    case "create":
      return allow({ obligations: [priority("high")] });
    case "delete":
      if (settings.protected.includes(proposal.first("account"))) {
        return deny("protected", "this account must stay");
      }
      return deletes(proposal.first("count.deletes-24h"), settings["deletes-a-day"]);
    default:
      return allow();
  }
}

function deletes(count, most) {
  if (!/^\d+$/.test(count ?? "")) {
    return hold("no-count", "nobody says how many accounts were deleted today");
  }
  return Number(count) < most
    ? allow()
    : hold("many-deletes", "so many deletes in one day need a second look");
}
