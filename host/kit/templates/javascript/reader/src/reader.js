// Reads accounts from blocks of lines. A line is `name: value`, an empty line ends an account, and the
// last line says how many there are:
//
//     login: ann
//     groups: staff, night
//
//     end: 1

import { Failure } from "./failure.js";

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "my-component",
  version: "0.1.0",
  summary: "Reads accounts from blocks of lines.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    properties: {
      separator: {
        type: "string",
        minLength: 1,
        default: ",",
        description: "What stands between the groups of an account.",
      },
    },
  },
  origins: [],
};

/** The columns; the first identifies an account. Lines with other names are not looked at. */
const COLUMNS = ["login", "name", "groups"];
const IDENTIFIER = COLUMNS[0];

/** The column whose cells may hold several values. */
const SEVERAL = "groups";

/** What no schema can say: a list of `{ path, message }`. Asked when the configuration is loaded. */
export function check({ separator = "," }) {
  return separator.trim() === ""
    ? [{ path: "/separator", message: "spaces are taken away around each group" }]
    : [];
}

/** One pass over an export. */
export class Accounts {
  #separator;
  #lines;
  #rows = 0;
  #rejected = 0;
  /** The beginning of the next account, when that came before the one before it had ended. */
  #begun = null;
  /** How many accounts the export says it has, once its end was read. */
  #declared = null;

  /** @param {{next: () => string | undefined, position: number}} lines */
  constructor({ separator = "," }, lines) {
    this.#separator = separator;
    this.#lines = lines;
  }

  shape() {
    return {
      columns: COLUMNS.map((name) => ({ name, multiValued: name === SEVERAL })),
      identifier: IDENTIFIER,
      absent: [],
    };
  }

  /**
   * Gives the next rows, at most so many; `false` when there are none. Never guess: a row that cannot
   * be used is rejected, with its identifier where that could be read, and then nothing is concluded
   * about that account.
   */
  next(maxRows, batch) {
    for (let taken = 0; taken < maxRows; taken++) {
      const block = this.#block();
      if (block === null) {
        return taken > 0;
      }
      const fault = faultOf(block);
      if (fault !== null) {
        this.#rejected++;
        batch.reject(block.begin, block[IDENTIFIER][0] || null, fault);
        continue;
      }
      this.#rows++;
      batch.row(block.begin, COLUMNS.map((name) => this.#values(name, block[name])));
    }
    return true;
  }

  /** What is known at the end. An export without its last line was cut off. */
  summary() {
    return {
      rows: this.#rows,
      rejected: this.#rejected,
      complete: this.#declared !== null,
      declaredRows: this.#declared,
      exportedAt: null,
    };
  }

  /** The next account; `null` behind the last one. One that the input breaks off in is none. */
  #block() {
    let block = this.#begun;
    this.#begun = null;
    for (let line = this.#lines.next(); line !== undefined; line = this.#lines.next()) {
      if (line === "") {
        if (block !== null) {
          return block;
        }
        continue;
      }
      const colon = line.indexOf(":");
      if (colon < 0) {
        throw this.#malformed("a line must look like `name: value`");
      }
      if (this.#declared !== null) {
        throw this.#malformed("something follows the end");
      }
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      if (name === "end" && block === null) {
        this.#end(value);
        continue;
      }
      if (name === IDENTIFIER && block !== null && block[name].length > 0) {
        this.#begun = this.#begin();
        this.#begun[name].push(value);
        return { ...block, isCut: true };
      }
      block ??= this.#begin();
      if (COLUMNS.includes(name)) {
        block[name].push(value);
      }
    }
    return null;
  }

  /** An account that begins on this line; whether another one follows before it has ended. */
  #begin() {
    return { begin: this.#lines.position, isCut: false, login: [], name: [], groups: [] };
  }

  #end(value) {
    if (!/^\d{1,15}$/.test(value)) {
      throw this.#malformed("`end` must say how many accounts there are");
    }
    this.#declared = Number(value);
  }

  #values(name, texts) {
    const parts = name === SEVERAL ? texts.flatMap((text) => text.split(this.#separator)) : texts;
    return parts.map((part) => part.trim()).filter((part) => part !== "");
  }

  #malformed(message) {
    return new Failure("malformed", message, { position: this.#lines.position });
  }
}

/** What is wrong with an account, if anything is. */
function faultOf(block) {
  if (block[IDENTIFIER].every((login) => login === "")) {
    return "the account has no login";
  }
  if (block.isCut) {
    return "the account ends in the middle: another one follows";
  }
  const twice = COLUMNS.find((name) => name !== SEVERAL && block[name].length > 1);
  return twice ? `the account has ${block[twice].length} lines with its ${twice}` : null;
}
