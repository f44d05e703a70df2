// Translates between Provisor and one ticket system: here an imaginary one that keeps slips. Trying
// again, waiting, finding out what is twice: all of that the host does.

import { cut, oneLine, plain } from "./document.js";
import { Failure } from "./failure.js";
import { exchange, expect, said } from "./http.js";

/** What this component says of itself. */
export const about = {
  name: "my-component",
  version: "0.1.0",
  summary: "Keeps tickets as slips.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["url"],
    properties: {
      url: {
        type: "string",
        pattern: "^https?://[^/]+$",
        description: "Where the slips are.",
      },
      fields: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "More fields of a slip, such as `desk`; {route} is the fact of that name.",
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
const OWN = ["mark", "title", "text", "urgent"];

/** What the states of slips mean. Any other one is unknown, and never means that it is done. */
const CLASSES = new Map([
  ["new", "open"],
  ["taken", "in-progress"],
  ["finished", "done"],
  ["turned down", "refused"],
  ["torn up", "cancelled"],
]);

/** What is wrong with the settings beyond what their schema can say: `{ path, message }` each. */
export function check({ fields = {} }) {
  return Object.keys(fields)
    .filter((name) => OWN.includes(name))
    .map((name) => ({ path: `/fields/${name}`, message: "this field is always filled in" }));
}

export class Ticketing {
  #url;
  #fields;
  #send;

  /** @param send the way to the system: the host's, or in a test any function */
  constructor({ url, fields = {} }, send) {
    this.#url = url;
    this.#fields = fields;
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
    const missing = needs.filter((name) => !OWN.includes(name) && !(name in this.#fields));
    return [
      { good: true, subject: "credentials", message: "they are accepted" },
      ...missing.map((name) => ({
        good: false,
        subject: `field ${name}`,
        message: `a slip needs it; fill it in with \`fields\` of the settings`,
      })),
    ];
  }

  create(draft) {
    const facts = new Map(draft.facts);
    const fill = (text) => text.replace(/\{([^{}]*)\}/g, (_, name) => facts.get(name) ?? "");
    const fields = Object.entries(this.#fields).map(([name, text]) => [name, fill(text)]);
    const answer = this.#ask("POST", "/slips", {
      ...Object.fromEntries(fields.filter(([, text]) => text !== "")),
      mark: draft.correlationId,
      title: cut(oneLine(draft.title), TITLE),
      text: plain(draft.description, TEXT),
      urgent: draft.priority === "urgent",
    });
    return this.#ticket(expect(answer, isSlip));
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
