// Rows in and out of pages, the shape in which many records cross the border: all values one behind
// the other in one text, and two lists that say where each ends (see `page` in wit/types.wit). The
// contract counts in bytes of UTF-8, JavaScript in units of UTF-16; they differ only where a text
// is not ASCII.

const NOT_ASCII = /[^\x00-\x7f]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The rows of a table that came in. */
export function rowsOf({ columns, rows: { text, valueEnds, cellEnds } }) {
  const places = new Map(columns.map((name, place) => [name, place]));
  const values = split(text, valueEnds);
  const rows = [];
  for (let start = 0; columns.length > 0 && start < cellEnds.length; start += columns.length) {
    rows.push(new Row(places, start, values, cellEnds));
  }
  return rows;
}

/** One row: a cell for each column, with no, one or several values. */
class Row {
  #places;
  #start;
  #values;
  #ends;

  constructor(places, start, values, ends) {
    this.#places = places;
    this.#start = start;
    this.#values = values;
    this.#ends = ends;
  }

  /** All values in the cell of a column; an empty list where there is no such column. */
  values(column) {
    const cell = this.#start + this.#places.get(column);
    // Without such a column there is no such cell.
    return this.#values.slice(this.#ends[cell - 1] ?? 0, this.#ends[cell] ?? 0);
  }

  /** The first value in the cell of a column, if there is one. */
  first(column) {
    const cell = this.#start + this.#places.get(column);
    const begin = this.#ends[cell - 1] ?? 0;
    return begin < this.#ends[cell] ? this.#values[begin] : undefined;
  }

  /** The names of all columns. */
  columns() {
    return [...this.#places.keys()];
  }
}

/** Takes cells in the order of their columns, row by row, and packs them into a page. */
export class PageBuilder {
  #values = [];
  #cellEnds = [];

  /** Adds a cell with these values. */
  cell(values) {
    for (let at = 0; at < values.length; at++) {
      this.#values.push(values[at]);
    }
    this.#cellEnds.push(this.#values.length);
  }

  /** The page with all cells. */
  finish() {
    let values = this.#values;
    let text = values.join("");
    let length = (value) => value.length;
    if (NOT_ASCII.test(text)) {
      values = values.map((value) => value.replace(LONE_SURROGATE, "\ufffd"));
      text = values.join("");
      length = bytesOf;
    }
    let end = 0;
    return { text, valueEnds: values.map((value) => (end += length(value))), cellEnds: this.#cellEnds };
  }
}

/** The values of a text of which each ends after so many bytes. */
function split(text, ends) {
  const isAscii = text.length === (ends.length === 0 ? 0 : ends[ends.length - 1]);
  let begin = 0;
  let unit = 0;
  const values = [];
  for (let at = 0; at < ends.length; at++) {
    const end = ends[at];
    let value = text.slice(unit, unit + end - begin);
    // As many units as bytes are too many, unless all of it is ASCII.
    if (!isAscii && NOT_ASCII.test(value)) {
      value = firstBytes(value, end - begin);
    }
    begin = end;
    unit += value.length;
    values.push(value);
  }
  return values;
}

/** The beginning of a text that has so many bytes. */
function firstBytes(text, bytes) {
  let unit = 0;
  while (bytes > 0) {
    const character = text.codePointAt(unit);
    bytes -= sizeOf(character);
    unit += character > 0xffff ? 2 : 1;
  }
  return text.slice(0, unit);
}

function bytesOf(text) {
  let bytes = 0;
  for (const character of text) {
    bytes += sizeOf(character.codePointAt(0));
  }
  return bytes;
}

/** How many bytes a character has in UTF-8. */
const sizeOf = (character) =>
  character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
