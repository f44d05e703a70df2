/**
 * Why something could not be done, told to a person: what happened, where, and what to do about it.
 * Throw it, and the host does what its kind says. Never put a secret into the message.
 */
export class Failure extends Error {
  /**
   * @param {"configuration" | "unauthorized" | "unavailable" | "rate-limited" | "ambiguous"
   *   | "not-found" | "conflict" | "rejected" | "malformed" | "unsupported"} kind
   *   what the host does next; `wit/types.wit` says what each of them means
   * @param {string} message
   * @param {{position?: number | null, retryAfter?: number | null}} [more] the line of the input,
   *   counted from 1, and the seconds before which it must not be tried again
   */
  constructor(kind, message, { position = null, retryAfter = null } = {}) {
    super(message);
    this.kind = kind;
    this.position = position;
    this.retryAfter = retryAfter;
  }

  /** The failure as the contract has it. */
  toContract() {
    const { kind, message, position, retryAfter } = this;
    return { kind, message, position, retryAfter };
  }
}
