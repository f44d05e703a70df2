// Text to bytes and back. The language alone has no TextEncoder and no TextDecoder; those of Node
// and of browsers are not there when the component runs.

const NOT_ASCII = /[^\x00-\x7f]/;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** How many arguments one call surely takes. */
const AT_ONCE = 8192;

/** The bytes of a text. */
export function encode(text) {
  // `encodeURIComponent` makes UTF-8 of it, and `unescape` a character of each byte.
  const bytes = unescape(encodeURIComponent(text.replace(LONE_SURROGATE, "\ufffd")));
  return Uint8Array.from({ length: bytes.length }, (_, at) => bytes.charCodeAt(at));
}

/**
 * The text of bytes.
 *
 * @throws {URIError} when they are not UTF-8
 */
export function decode(bytes) {
  let text = "";
  for (let from = 0; from < bytes.length; from += AT_ONCE) {
    text += String.fromCharCode.apply(null, bytes.subarray(from, from + AT_ONCE));
  }
  return NOT_ASCII.test(text) ? decodeURIComponent(escape(text)) : text;
}
