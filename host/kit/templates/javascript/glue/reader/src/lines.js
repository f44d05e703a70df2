import { Failure } from "./failure.js";
import { decode } from "./utf8.js";

const NEW_LINE = 10;

/**
 * The lines of an input that comes in pieces of any size. Only what is being worked on is in memory,
 * however long the input is.
 */
export class Lines {
  #read;
  #pieces = [];
  #lines = [];
  #at = 0;
  #before = 0;
  #ended = false;

  /** @param {() => Uint8Array} read gives the next bytes, none at the end */
  constructor(read) {
    this.#read = read;
  }

  /** The number of the line that was given last, counted from 1. */
  get position() {
    return this.#before + this.#at;
  }

  /**
   * The next line without what ends it; `undefined` at the end.
   *
   * @throws {Failure} `malformed` when it is not UTF-8
   */
  next() {
    while (this.#at === this.#lines.length) {
      if (this.#ended) {
        return undefined;
      }
      this.#fill();
    }
    const line = this.#lines[this.#at++];
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  /** Takes the next bytes; what is behind the last end of a line waits for more. */
  #fill() {
    const bytes = this.#read();
    this.#ended = bytes.length === 0;
    const end = this.#ended ? 0 : bytes.lastIndexOf(NEW_LINE);
    if (end < 0) {
      this.#pieces.push(bytes);
      return;
    }
    const whole = joined([...this.#pieces, bytes.subarray(0, end)]);
    this.#pieces = this.#ended ? [] : [bytes.subarray(end + 1)].filter((rest) => rest.length > 0);
    this.#before += this.#lines.length;
    this.#at = 0;
    this.#lines = this.#ended && whole.length === 0 ? [] : this.#split(whole);
  }

  #split(bytes) {
    let text;
    try {
      text = decode(bytes);
    } catch {
      throw new Failure("malformed", "the line is not encoded in UTF-8", {
        position: this.#before + firstWrong(bytes),
      });
    }
    // A mark of the byte order may stand at the very beginning.
    return (this.#before === 0 && text.startsWith("\ufeff") ? text.slice(1) : text).split("\n");
  }
}

function joined(pieces) {
  if (pieces.length === 1) {
    return pieces[0];
  }
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Which line, counted from 1, is the first that is not UTF-8. */
function firstWrong(bytes) {
  for (let begin = 0, line = 1; ; line++) {
    const found = bytes.indexOf(NEW_LINE, begin);
    const end = found < 0 ? bytes.length : found;
    try {
      decode(bytes.subarray(begin, end));
    } catch {
      return line;
    }
    begin = end + 1;
  }
}
