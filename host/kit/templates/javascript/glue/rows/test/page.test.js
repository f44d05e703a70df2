import assert from "node:assert/strict";
import { test } from "node:test";

import { PageBuilder, rowsOf } from "../src/page.js";

/** A table as the host gives it: what the builder has packed. */
function table(columns, rows) {
  const page = new PageBuilder();
  rows.flat().forEach((cell) => page.cell(cell));
  return { columns, rows: page.finish() };
}

/** What is in a table, cell by cell. */
const cells = (table) => rowsOf(table).map((row) => table.columns.map((name) => row.values(name)));

test("a page is packed as the contract says", () => {
  const { rows } = table(["name", "mail"], [[["ann"], []], [["bob"], ["b@x", "bob@x"]]]);
  assert.deepEqual(rows, {
    text: "annbobb@xbob@x",
    valueEnds: [3, 6, 9, 14],
    cellEnds: [1, 1, 2, 4],
  });
});

test("offsets count bytes of UTF-8, whatever the text", () => {
  const { rows } = table(["x"], [[["é"]], [["€", ""]], [["😀a"]]]);
  assert.deepEqual(rows.valueEnds, [2, 5, 5, 10]);
});

test("what was packed comes out again", () => {
  const rows = [
    [["Zoë", "plain"], []],
    [["", "😀", "e\u0301"], ["\u0000"]],
    [[], ["中文字", "a".repeat(300), "ÿ"]],
  ];
  assert.deepEqual(cells(table(["a", "b"], rows)), rows);
});

test("half a character is replaced, since the contract cannot carry it", () => {
  assert.deepEqual(cells(table(["a"], [[["x\ud800", "\udc00"]]])), [[["x\ufffd", "\ufffd"]]]);
});

test("a row knows its columns, and has nothing in those that are not there", () => {
  const [row] = rowsOf(table(["a", "b"], [[["1", "2"], []]]));
  assert.deepEqual(row.columns(), ["a", "b"]);
  assert.equal(row.first("a"), "1");
  assert.equal(row.first("b"), undefined);
  assert.deepEqual(row.values("c"), []);
});

test("an empty page has no rows", () => {
  assert.deepEqual(rowsOf(table(["a"], [])), []);
  assert.deepEqual(rowsOf(table([], [])), []);
});
