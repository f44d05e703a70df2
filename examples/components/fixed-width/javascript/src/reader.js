// Reads accounts from records of fixed width, as large machines print them. The first character of a line
// says what it is: the head with the time of the export, an account, or the trailer with the number of
// accounts. Where each attribute stands, the settings say.
//
//     H2026-03-06T22:00:00Z
//     AATURNER Ann Turner              STAFF   NIGHT                     A
//     T0000001

import { Failure } from "./failure.js";

/** A place in a record, counted from 1. */
const place = (minimum, description) => ({ type: "integer", minimum, maximum: 10000, description });

/** What this component says of itself, and a JSON Schema of what the configuration may say to it. */
export const about = {
  name: "fixed-width",
  version: "0.1.0",
  summary: "Reads accounts from records of fixed width.",
  capabilities: [],
  settingsSchema: {
    type: "object",
    additionalProperties: false,
    required: ["columns"],
    properties: {
      columns: {
        type: "array",
        minItems: 1,
        maxItems: 200,
        description:
          "Where each attribute stands in the record of an account; the first one identifies it.",
        items: {
          type: "object",
          additionalProperties: false,
          required: ["name", "from", "to"],
          properties: {
            name: { type: "string", minLength: 1, description: "The name of the attribute." },
            from: place(
              2,
              "Its first character, counted from 1. The first of the record says what it is.",
            ),
            to: place(2, "Its last character."),
            each: place(1, "How many characters each value has, where there are several."),
          },
        },
      },
    },
  },
  origins: [],
};

/** What no schema can say: a list of `{ path, message }`. Asked when the configuration is loaded. */
export function check({ columns }) {
  return columns.flatMap(({ name, from, to, each }, place) => {
    const width = Math.max(0, to + 1 - from);
    const problems = [];
    const problem = (member, message) =>
      problems.push({ path: `/columns/${place}/${member}`, message });
    if (columns.findIndex((other) => other.name === name) < place) {
      problem("name", "another column has this name");
    }
    if (width === 0) {
      problem("to", "the column ends before it begins");
    }
    if (each !== undefined && place === 0) {
      problem("each", "an account has one identifier");
    } else if (each !== undefined && width % each !== 0) {
      problem("each", "the column cannot be divided so");
    }
    return problems;
  });
}

/** One pass over an export. */
export class Accounts {
  #columns;
  #width;
  #lines;
  #rows = 0;
  #rejected = 0;
  #exportedAt = null;
  /** How many accounts the export says it has, once its trailer was read. */
  #declared = null;

  /** @param {{next: () => string | undefined, position: number}} lines */
  constructor({ columns }, lines) {
    this.#columns = columns;
    this.#width = Math.max(...columns.map(({ to }) => to));
    this.#lines = lines;
    this.#head();
  }

  shape() {
    return {
      columns: this.#columns.map(({ name, each }) => ({ name, multiValued: each !== undefined })),
      identifier: this.#columns[0].name,
      absent: [],
    };
  }

  /** Gives the next rows, at most so many; `false` when there are none. */
  next(maxRows, batch) {
    for (let taken = 0; taken < maxRows; ) {
      const line = this.#lines.next();
      if (line === undefined) {
        return taken > 0;
      }
      if (line === "") {
        continue;
      }
      if (this.#declared !== null) {
        throw this.#malformed("something follows the trailer");
      }
      if (line[0] === "A") {
        this.#account(line, batch);
        taken++;
      } else if (line[0] === "T") {
        this.#trailer(line);
      } else {
        throw this.#malformed("a line must begin with A or T");
      }
    }
    return true;
  }

  /** What is known at the end. An export without its trailer was cut off. */
  summary() {
    return {
      rows: this.#rows,
      rejected: this.#rejected,
      complete: this.#declared !== null,
      declaredRows: this.#declared,
      exportedAt: this.#exportedAt,
    };
  }

  /** Reads the head. Without any line there is none, and the export is not complete. */
  #head() {
    const line = this.#lines.next();
    if (line === undefined) {
      return;
    }
    if (!/^H\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(line)) {
      throw this.#malformed("the first line must be H and a time: H2026-03-06T22:00:00Z");
    }
    this.#exportedAt = line.slice(1);
  }

  #trailer(line) {
    if (!/^T\d{1,15}$/.test(line)) {
      throw this.#malformed("the trailer must be T and the number of accounts: T0000004");
    }
    this.#declared = Number(line.slice(1));
  }

  #account(line, batch) {
    // Characters are counted, and some of them are two units of a text.
    const record = /[\ud800-\udfff]/.test(line) ? new Characters(line) : line;
    const { position } = this.#lines;
    const cells = this.#columns.map((column) => valuesOf(record, column));
    const [identifier] = cells[0];
    if (identifier === undefined) {
      this.#reject(batch, null, "the account has no identifier");
    } else if (record.length !== this.#width) {
      // A shifted or broken record would give its attributes each other's values.
      const fault = `the record has ${record.length} characters in place of ${this.#width}`;
      this.#reject(batch, identifier, fault);
    } else {
      this.#rows++;
      batch.row(position, cells);
    }
  }

  #reject(batch, identifier, fault) {
    this.#rejected++;
    batch.reject(this.#lines.position, identifier, fault);
  }

  #malformed(message) {
    return new Failure("malformed", message, { position: this.#lines.position });
  }
}

/** A text as its characters. */
class Characters {
  #characters;

  constructor(text) {
    this.#characters = [...text];
  }

  get length() {
    return this.#characters.length;
  }

  slice(from, to) {
    return this.#characters.slice(from, to).join("");
  }
}

/** The values of a column in a record, without the spaces around each. */
function valuesOf(record, { from, to, each = to + 1 - from }) {
  const values = [];
  for (let at = from - 1; at < to; at += each) {
    const value = trimmed(record.slice(at, at + each));
    if (value !== "") {
      values.push(value);
    }
  }
  return values;
}

/** The text without spaces at its ends; `trim` would take more than spaces. */
function trimmed(text) {
  let begin = 0;
  let end = text.length;
  while (begin < end && text[begin] === " ") {
    begin++;
  }
  while (end > begin && text[end - 1] === " ") {
    end--;
  }
  return text.slice(begin, end);
}
