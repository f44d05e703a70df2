import assert from "node:assert/strict";
import { test } from "node:test";

import { Lines } from "../src/lines.js";

/** Lines of bytes that come in pieces of this size. */
function lines(bytes, size) {
  let at = 0;
  return new Lines(() => bytes.subarray(at, (at += size)));
}

/** All lines, each with its number. */
function all(bytes, size) {
  const source = lines(bytes, size);
  const found = [];
  for (let line = source.next(); line !== undefined; line = source.next()) {
    found.push([source.position, line]);
  }
  return found;
}

test("it does not matter in which pieces the lines come", () => {
  const bytes = new TextEncoder().encode("\ufeffone\n\nZoë €😀\r\nlast");
  const expected = [[1, "one"], [2, ""], [3, "Zoë €😀"], [4, "last"]];
  for (let size = 1; size <= bytes.length; size++) {
    assert.deepEqual(all(bytes, size), expected);
  }
});

test("an end of the last line does not begin another one", () => {
  assert.deepEqual(all(new TextEncoder().encode("one\n"), 100), [[1, "one"]]);
  assert.deepEqual(all(new Uint8Array(0), 100), []);
});

test("the line that is not UTF-8 is named", () => {
  const bytes = Uint8Array.from([0x61, 10, 0x62, 10, 0xff, 10, 0x63]);
  for (const size of [1, 3, 100]) {
    assert.throws(() => all(bytes, size), { kind: "malformed", position: 3 });
  }
});
