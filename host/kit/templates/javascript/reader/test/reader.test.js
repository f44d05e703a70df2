import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Batch } from "../src/batch.js";
import { Failure } from "../src/failure.js";
import { Lines } from "../src/lines.js";
import { rowsOf } from "../src/page.js";
import { Accounts, check } from "../src/reader.js";

const example = readFileSync(new URL("../examples/accounts.txt", import.meta.url));

/** All that is in an export. */
function read(bytes, maxRows = 100) {
  let rest = bytes;
  const lines = new Lines(() => {
    const piece = rest;
    rest = rest.subarray(rest.length);
    return piece;
  });
  const accounts = new Accounts({ separator: "," }, lines);
  const columns = accounts.shape().columns.map(({ name }) => name);
  const found = { rows: [], positions: [], rejected: [] };
  for (let batch = new Batch(); accounts.next(maxRows, batch); batch = new Batch()) {
    const { rows, positions, rejected } = batch.finish();
    const read = rowsOf({ columns, rows });
    found.rows.push(...read.map((row) => columns.map((name) => row.values(name))));
    found.positions.push(...positions);
    found.rejected.push(...rejected);
  }
  return { ...found, summary: accounts.summary() };
}

test("a block is an account", () => {
  const { rows, positions, rejected, summary } = read(example);
  assert.deepEqual(rows[0], [["ann"], ["Ann Turner"], ["staff", "night"]]);
  assert.deepEqual(positions, [1, 5, 10]);
  assert.deepEqual(rejected, [
    { position: 8, identifier: null, message: "the account has no login" },
  ]);
  assert.deepEqual(summary, {
    rows: 3,
    rejected: 1,
    complete: true,
    declaredRows: 4,
    exportedAt: null,
  });
});

test("it does not matter how many rows are asked for at once", () => {
  for (const maxRows of [1, 2, 3, 4]) {
    assert.deepEqual(read(example, maxRows), read(example));
  }
});

test("an export that is cut off is never complete", () => {
  for (let cut = 0; cut < example.length - "4\n".length; cut++) {
    try {
      assert.equal(read(example.subarray(0, cut)).summary.complete, false);
    } catch (error) {
      assert.ok(error instanceof Failure && error.position > 0, `${error}`);
    }
  }
});

test("an account that ends in the middle takes nothing of the next one", () => {
  const half = new TextEncoder().encode("login: eve\nname: E\n");
  const { rows, positions, rejected } = read(Buffer.concat([half, example]));
  assert.deepEqual(rejected[0], {
    position: 1,
    identifier: "eve",
    message: "the account ends in the middle: another one follows",
  });
  assert.deepEqual(rows, read(example).rows);
  assert.equal(positions[0], 3);
});

test("an account with two names is rejected under its login", () => {
  const { rejected } = read(new TextEncoder().encode("login: ann\nname: A\nname: B\n\nend: 1\n"));
  assert.equal(rejected[0].identifier, "ann");
});

test("a separator of spaces is found in the settings", () => {
  assert.deepEqual(check({}), []);
  assert.equal(check({ separator: " " })[0].path, "/separator");
});
