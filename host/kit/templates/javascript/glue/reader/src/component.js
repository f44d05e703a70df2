// Connects reader.js with the host. Nothing in here needs to change.

import input from "provisor:connector/input@0.1.0";

import { Batch } from "./batch.js";
import { answer, description, readSettings } from "./host.js";
import { Lines } from "./lines.js";
import * as reader from "./reader.js";

/** How much is asked for at once. */
const BYTES = 256 * 1024;

export const about = {
  describe: () => answer(() => description(reader.about)),
  checkSettings: () => answer(() => reader.check(readSettings(reader.about))),
};

class Cursor {
  #accounts;

  constructor(accounts) {
    this.#accounts = accounts;
  }

  static open() {
    return answer(() => {
      const lines = new Lines(() => input.read(BYTES));
      return new Cursor(new reader.Accounts(readSettings(reader.about), lines));
    });
  }

  shape() {
    return answer(() => this.#accounts.shape());
  }

  next(maxRows) {
    return answer(() => {
      const batch = new Batch();
      return this.#accounts.next(maxRows, batch) ? batch.finish() : null;
    });
  }

  summary() {
    return answer(() => this.#accounts.summary());
  }
}

export const reading = { Cursor };
