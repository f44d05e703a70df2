import { PageBuilder } from "./page.js";

/** Takes some rows of an export. */
export class Batch {
  #page = new PageBuilder();
  #positions = [];
  #rejected = [];

  /** Adds a row: the line on which it begins, and for each column a list of values. */
  row(position, cells) {
    cells.forEach((values) => this.#page.cell(values));
    this.#positions.push(position);
  }

  /** Says of a row that it cannot be used, and why; its identifier, if that could be read. */
  reject(position, identifier, message) {
    this.#rejected.push({ position, identifier, message });
  }

  /** What `next` of the contract wants. */
  finish() {
    return { rows: this.#page.finish(), positions: this.#positions, rejected: this.#rejected };
  }
}
