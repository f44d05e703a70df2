/** Takes the attributes of one account, in any order. */
export class Account {
  #attributes;
  #cells;

  /** What there is to say about the account. */
  remarks = [];

  constructor(attributes) {
    this.#attributes = attributes;
    this.#cells = attributes.map(() => []);
  }

  /** The attribute has this value, or these values, or with an empty list none. */
  set(attribute, values) {
    this.#put(attribute, typeof values === "string" ? [values] : [...values]);
  }

  /** The mapping does not manage this attribute here: the account keeps whatever value it has. */
  leftAlone(attribute) {
    this.#put(attribute, []);
    this.#remark("left-alone", attribute, "");
  }

  /** The value is good to use, and a person should know this about it. */
  warn(attribute, message) {
    this.#remark("warning", attribute, message);
  }

  /** There is no usable value for this attribute; the others are still good. */
  error(attribute, message) {
    this.#put(attribute, []);
    this.#remark("error", attribute, message);
  }

  /** The account is good to use, and a person should know this about it. */
  warnAll(message) {
    this.#remark("warning", null, message);
  }

  /** Nothing about this account is usable. */
  fail(message) {
    this.#remark("error", null, message);
  }

  /** The values of all attributes, in their order. */
  cells() {
    return this.#cells;
  }

  #put(attribute, values) {
    const place = this.#attributes.indexOf(attribute);
    if (place < 0) {
      throw new RangeError(`${attribute} is none of the attributes that the mapping manages`);
    }
    this.#cells[place] = values;
  }

  #remark(kind, attribute, message) {
    this.remarks.push({ kind, attribute, message });
  }
}
