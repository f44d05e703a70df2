import assert from "node:assert/strict";
import { test } from "node:test";

import { PageBuilder, rowsOf } from "../src/page.js";
import { check, decide } from "../src/policy.js";

const settings = { protected: ["root"], "deletes-a-day": 5 };

/** The decision about a proposal with these columns. */
function decision(proposal) {
  const page = new PageBuilder();
  Object.values(proposal).forEach((value) => page.cell([value]));
  const [row] = rowsOf({ columns: Object.keys(proposal), rows: page.finish() });
  return decide(row, settings);
}

test("a protected account stays", () => {
  const { verdict, code } = decision({ operation: "delete", account: "root" });
  assert.deepEqual({ verdict, code }, { verdict: "deny", code: "protected" });
});

test("many deletes in one day wait for a person", () => {
  const deleting = (count) => ({ operation: "delete", account: "ann", "count.deletes-24h": count });
  assert.equal(decision(deleting("4")).verdict, "allow");
  assert.equal(decision(deleting("5")).code, "many-deletes");
  assert.equal(decision(deleting("many")).code, "no-count");
  assert.equal(decision({ operation: "delete", account: "ann" }).code, "no-count");
});

test("a new account is more urgent than a change", () => {
  assert.deepEqual(decision({ operation: "create" }).obligations, [{ tag: "priority", val: "high" }]);
  assert.deepEqual(decision({ operation: "modify" }).obligations, []);
});

test("an empty identifier is found in the settings", () => {
  assert.deepEqual(check(settings), []);
  assert.equal(check({ ...settings, protected: ["root", ""] })[0].path, "/protected/1");
});
