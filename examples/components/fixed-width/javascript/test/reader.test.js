import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Batch } from "../src/batch.js";
import { Failure } from "../src/failure.js";
import { Lines } from "../src/lines.js";
import { rowsOf } from "../src/page.js";
import { Accounts, check } from "../src/reader.js";

const example = (name) => readFileSync(new URL(`../examples/${name}`, import.meta.url));
const settings = JSON.parse(example("settings.json"));
const accounts = example("accounts.txt");

/** All that is in an export. */
function read(bytes) {
  const pieces = [bytes];
  const lines = new Lines(() => pieces.shift() ?? new Uint8Array());
  const pass = new Accounts(settings, lines);
  const columns = pass.shape().columns.map(({ name }) => name);
  const batch = new Batch();
  while (pass.next(100, batch));
  const { rows, positions, rejected } = batch.finish();
  return { rows: rowsOf({ columns, rows }), positions, rejected, summary: pass.summary() };
}

test("attributes stand where the settings say", () => {
  const { rows, positions, summary } = read(accounts);
  assert.deepEqual(rows[1].values("groups"), ["STAFF", "LEDGER", "AUDIT"]);
  // Characters are counted, and this fox is two units of a text.
  assert.deepEqual(rows[3].values("name"), ["Fox 🦊"]);
  assert.deepEqual(rows[3].values("until"), ["2027-06-30"]);
  assert.deepEqual(positions, [2, 3, 4, 6]);
  assert.equal(summary.declaredRows, 6);
  assert.equal(summary.exportedAt, "2026-03-06T22:00:00Z");
});

test("a record of another length is rejected under its identifier", () => {
  const { rejected } = read(accounts);
  assert.deepEqual(
    rejected.map(({ position, identifier }) => [position, identifier]),
    [[5, null], [7, "CUT"]],
  );
});

test("an export that is cut off is refused or not complete", () => {
  for (let cut = 0; cut <= accounts.length - "T0000006\n".length; cut++) {
    try {
      assert.equal(read(accounts.subarray(0, cut)).summary.complete, false);
    } catch (error) {
      assert.ok(error instanceof Failure && error.position > 0, `${error}`);
    }
  }
});

test("columns that cannot be are found in the settings", () => {
  const columns = [
    { name: "login", from: 2, to: 9, each: 4 },
    { name: "groups", from: 10, to: 16, each: 4 },
    { name: "groups", from: 20, to: 18 },
  ];
  assert.deepEqual(
    check({ columns }).map(({ path }) => path),
    ["/columns/0/each", "/columns/1/each", "/columns/2/name", "/columns/2/to"],
  );
  assert.deepEqual(check(settings), []);
});
