// Decisions, as `decision` in wit/decisions.wit wants them. `more` are obligations (what must be
// heeded when the operation goes out) and warnings (what somebody should know).

/** The operation may go out. */
export const allow = (more) => decision("allow", "", "", more);

/** It must not go out. The code is short and stable, for machines; the reason is for a person. */
export const deny = (code, reason) => decision("deny", code, reason);

/** It waits until a person has released it. */
export const hold = (code, reason, more) => decision("hold", code, reason, more);

/** This policy has no opinion. */
export const notApplicable = () => decision("not-applicable", "", "");

/** The case has this priority: `low`, `normal`, `high` or `urgent`. */
export const priority = (level) => ({ tag: "priority", val: level });

/** The case is due so many seconds after it was opened. */
export const dueIn = (seconds) => ({ tag: "due-in", val: seconds });

/** These operators get the case. */
export const route = (operators) => ({ tag: "route", val: operators });

function decision(verdict, code, reason, { obligations = [], warnings = [] } = {}) {
  return { verdict, code, reason, obligations, warnings };
}
