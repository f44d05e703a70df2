// Keeps tickets as slips, each on the desk of those who do the work: an imaginary ticket system, which
// `provisor component run` and `conform` simulate. Trying again, waiting, finding out what is twice: all of
// that the host does.

import { cut, oneLine, plain } from "./document.js";
import { Failure } from "./failure.js";
import { exchange, expect, said } from "./http.js";

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "desks",
  version: "0.1.0",
  summary: "Keeps tickets as slips on the desks of those who do the work.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["url", "otherwise"],
    properties: {
      url: {
        type: "string",
        pattern: "^https?://[^/]+$",
        description: "Where the slips are.",
      },
      desks: {
        type: "array",
        maxItems: 1000,
        description: "Which desk gets a slip; the first rule that fits decides.",
        items: {
          type: "object",
          additionalProperties: false,
          required: ["desk"],
          properties: {
            resource: { type: "string", description: "Only for this resource." },
            operation: {
              enum: ["create", "modify", "delete", "enable", "disable", "rename"],
              description: "Only for this operation.",
            },
            desk: { type: "string", minLength: 1, description: "The desk." },
          },
        },
      },
      otherwise: {
        type: "string",
        minLength: 1,
        description: "The desk that gets what no rule fits.",
      },
    },
  },
  origins: [],
};

/** The most that a slip takes, in characters, and the most slips of one list. */
const TITLE = 80;
const TEXT = 4000;
const LIST = 50;

/** The fields that every slip gets. */
const OWN = ["mark", "title", "text", "urgent", "desk"];

/** What the states of slips mean. Any other one is unknown, and never means that it is done. */
const CLASSES = new Map([
  ["new", "open"],
  ["taken", "in-progress"],
  ["finished", "done"],
  ["turned down", "refused"],
  ["torn up", "cancelled"],
]);

/** What the settings can have wrong beyond what their schema can say: `{ path, message }` each. */
export function check({ desks = [] }) {
  return desks.flatMap(({ resource, operation }, place) =>
    resource === undefined && operation === undefined
      ? [{ path: `/desks/${place}`, message: "the rule fits everything; say that with `otherwise`" }]
      : [],
  );
}

export class Ticketing {
  #url;
  #desks;
  #otherwise;
  #send;

  /** @param send the way to the system: the host's, or in a test any function */
  constructor({ url, desks = [], otherwise }, send) {
    this.#url = url;
    this.#desks = desks;
    this.#otherwise = otherwise;
    this.#send = send;
  }

  behaviour() {
    return { batch: LIST, searchLag: 0, comments: true, withdraws: true, receives: false };
  }

  checkConnection() {
    const answer = this.#ask("GET", "/needs");
    if (answer.status === 401 || answer.status === 403) {
      const message = `they are refused (${said(answer)}); check the grant of the configuration`;
      return [{ good: false, subject: "credentials", message }];
    }
    const { needs } = expect(answer, ({ needs }) => Array.isArray(needs));
    const missing = needs.filter((name) => !OWN.includes(name));
    return [
      { good: true, subject: "credentials", message: "they are accepted" },
      ...missing.map((name) => ({
        good: false,
        subject: `field ${name}`,
        message: "slips need it, and this component does not fill it in",
      })),
    ];
  }

  create(draft) {
    const slip = {
      mark: draft.correlationId,
      title: cut(oneLine(draft.title), TITLE),
      text: plain(draft.description, TEXT),
      urgent: ["high", "urgent"].includes(draft.priority),
      desk: this.#desk(new Map(draft.facts)),
      // What is not there is not sent.
      due: draft.due ?? undefined,
      follows: draft.followUpOf?.number,
    };
    return this.#ticket(expect(this.#ask("POST", "/slips", slip), isSlip));
  }

  find(correlationId) {
    // The search is loose: what it finds is compared.
    return this.#list("mark", correlationId)
      .filter(({ mark }) => mark === correlationId)
      .map((slip) => ({ ticket: this.#ticket(slip), correlationId }));
  }

  status(references) {
    const slips = new Map(this.#list("ids", references.join(",")).map((slip) => [`${slip.id}`, slip]));
    return references.map((id) => (slips.has(id) ? progress(slips.get(id)) : this.#alone(id)));
  }

  comment(reference, text) {
    const note = { text: plain(text, TEXT) };
    expect(this.#ask("POST", `/slips/${encodeURIComponent(reference)}/notes`, note), isSlip);
  }

  withdraw(reference, reason) {
    const change = { state: "torn up", note: cut(oneLine(reason), TEXT) };
    const answer = this.#ask("PATCH", `/slips/${encodeURIComponent(reference)}`, change);
    if (answer.status === 409 && said(answer)) {
      return { tag: "refused", val: said(answer) };
    }
    expect(answer, isSlip);
    return { tag: "withdrawn" };
  }

  receive() {
    throw new Failure("unsupported", "slips send no messages");
  }

  #ask(method, path, content) {
    return exchange(this.#send, method, this.#url + path, content);
  }

  /** The slips for which a parameter holds. */
  #list(name, value) {
    const answer = this.#ask("GET", `/slips?${name}=${encodeURIComponent(value)}`);
    return expect(answer, ({ slips }) => Array.isArray(slips) && slips.every(isSlip)).slips;
  }

  /** What is behind a reference that the list did not show. */
  #alone(id) {
    try {
      const answer = this.#ask("GET", `/slips/${encodeURIComponent(id)}`);
      // What is not told in the way of the system is not its answer.
      if (answer.status === 403 && said(answer)) {
        return { tag: "forbidden" };
      }
      if (answer.status === 410 && said(answer)) {
        return { tag: "gone" };
      }
      return progress(expect(answer, isSlip));
    } catch (error) {
      if (error instanceof Failure) {
        return { tag: "failed", val: error };
      }
      throw error;
    }
  }

  /** The desk of the first rule that fits. */
  #desk(facts) {
    const fits = ({ resource = facts.get("resource"), operation = facts.get("operation") }) =>
      resource === facts.get("resource") && operation === facts.get("operation");
    return this.#desks.find(fits)?.desk ?? this.#otherwise;
  }

  #ticket({ id }) {
    return { reference: `${id}`, number: `S-${id}`, url: `${this.#url}/slips/${id}` };
  }
}

const isSlip = (slip) => Number.isSafeInteger(slip?.id);

function progress(slip) {
  const text = (name) => (typeof slip[name] === "string" && slip[name] !== "" ? slip[name] : null);
  const status = text("state") ?? "";
  return {
    tag: "progress",
    val: {
      status,
      resolution: null,
      class: CLASSES.get(status) ?? "unknown",
      updatedAt: text("changed"),
      closedAt: text("closed"),
      assignee: text("who"),
      note: text("note"),
    },
  };
}
