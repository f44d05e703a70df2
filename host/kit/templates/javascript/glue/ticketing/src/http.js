// Requests of JSON, and what their answers mean by HTTP alone.

import { Failure } from "./failure.js";
import { decode, encode } from "./utf8.js";

/** Methods that change nothing. */
const SAFE = ["GET", "HEAD", "OPTIONS"];

/**
 * Sends a request and gives its status and the JSON that came back.
 *
 * @param {(request: object) => {status: number, headers: string[][], body: Uint8Array}} send
 *   the way to the system, as in wit/http.wit
 * @throws {Failure} when the host could not send it, or when what came back is no JSON: a page for
 *   logging in, or a proxy, has answered in the place of the system
 */
export function exchange(send, method, url, content) {
  const headers = [["accept", "application/json"]];
  if (content !== undefined) {
    headers.push(["content-type", "application/json"]);
  }
  const body = content === undefined ? null : encode(JSON.stringify(content));
  const answer = { method, ...send({ method, url, headers, body }) };
  try {
    return { ...answer, json: JSON.parse(decode(answer.body)) };
  } catch {
    throw failureOf(answer, "the answer is not the JSON that was expected");
  }
}

/** What the system says about something that it does not do; empty if it does not say so itself. */
export const said = ({ json }) => (typeof json?.error === "string" ? json.error : "");

/**
 * The content of an answer that is as it should be.
 *
 * @throws {Failure} what it means when it is not
 */
export function expect(answer, isGood) {
  const { status, json } = answer;
  if (status < 200 || status > 299) {
    throw failureOf(answer, said(answer) || "the system does not say why");
  }
  if (json === null || typeof json !== "object" || !isGood(json)) {
    const kind = answer.method === "GET" ? "unavailable" : "ambiguous";
    throw new Failure(kind, "something else has answered in the place of the system");
  }
  return json;
}

/** What an answer means that is of no use; `message` is what the system has said about it. */
function failureOf({ method, status, headers }, message) {
  const after = headers.find(([name]) => name === "retry-after")?.[1].trim() ?? "";
  const retryAfter = /^\d{1,9}$/.test(after) ? Number(after) : null;
  return new Failure(kindOf(method, status), `status ${status}: ${message}`, { retryAfter });
}

function kindOf(method, status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return "unauthorized";
    case 404:
    case 410:
      return "not-found";
    case 409:
    case 412:
    case 423:
      return "conflict";
    case 429:
      return "rate-limited";
    case 503:
      return "unavailable";
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return "rejected";
  }
  // A system that breaks down, and a proxy that has waited in vain, may have done what was asked.
  return SAFE.includes(method) ? "unavailable" : "ambiguous";
}
