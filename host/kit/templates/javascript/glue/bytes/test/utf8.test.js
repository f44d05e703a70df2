import assert from "node:assert/strict";
import { test } from "node:test";

import { decode, encode } from "../src/utf8.js";

test("bytes are those of UTF-8", () => {
  for (const text of ["", "plain", "Zoë %41 €😀\u0000\n", "ab€".repeat(10_000)]) {
    const bytes = encode(text);
    assert.deepEqual(bytes, new TextEncoder().encode(text));
    assert.equal(decode(bytes), text);
  }
});

test("half a character is replaced", () => {
  assert.equal(decode(encode("x\ud800")), "x\ufffd");
});

test("what is not UTF-8 is an error", () => {
  for (const bytes of [[0xff], [0xc3], [0xe2, 0x82], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) {
    assert.throws(() => decode(Uint8Array.from(bytes)), URIError);
  }
});
