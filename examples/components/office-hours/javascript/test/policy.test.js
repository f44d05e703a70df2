import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { PageBuilder, rowsOf } from "../src/page.js";
import { check, decide } from "../src/policy.js";

const settings = JSON.parse(readFileSync(new URL("../examples/settings.json", import.meta.url)));

/** The decision about a proposal with these columns. */
function decision(proposal) {
  const page = new PageBuilder();
  Object.values(proposal).forEach((value) => page.cell([value]));
  const [row] = rowsOf({ columns: Object.keys(proposal), rows: page.finish() });
  return decide(row, settings);
}

const deleting = (now, before, accounts) =>
  decision({
    operation: "delete",
    now,
    "count.deletes-24h": before,
    "count.disables-24h": "0",
    "count.accounts": accounts,
  });

test("outside office hours an account waits for the next working day", () => {
  for (const [now, opening] of [
    ["2026-03-06T07:00:00Z"],
    ["2026-03-06T15:59:59Z"],
    ["2026-03-06T06:59:59Z", "2026-03-06T07:00:00Z"],
    // From Friday to Monday, and from the last day of a month to the next one.
    ["2026-03-06T16:00:00Z", "2026-03-09T07:00:00Z"],
    ["2026-03-07T03:00:00Z", "2026-03-09T07:00:00Z"],
    ["2026-03-31T23:00:00+02:00", "2026-04-01T07:00:00Z"],
  ]) {
    const delayed = opening ? [{ tag: "delay-until", val: opening }] : [];
    assert.deepEqual(deleting(now, "0", "250").obligations, delayed, now);
  }
  assert.equal(deleting("today", "0", "250").code, "no-time");
});

test("too many leavers wait for a person", () => {
  const now = "2026-03-06T10:00:00Z";
  assert.equal(deleting(now, "11", "250").verdict, "allow");
  assert.equal(deleting(now, "12", "250").code, "many-leavers");
  assert.equal(deleting(now, "2", "10").verdict, "allow");
  assert.equal(deleting(now, "3", "10").code, "many-leavers");
  assert.equal(deleting(now, "many", "250").code, "no-count");
});

test("a sensitive account is looked after by another", () => {
  const create = (department) => decision({ operation: "create", "identity.department": department });
  const { verdict, obligations } = create("Board");
  assert.equal(verdict, "allow");
  assert.deepEqual(
    obligations.map(({ tag }) => tag),
    ["route", "require-note", "by-another"],
  );
  assert.equal(create("Sales").verdict, "not-applicable");
});

test("an office that closes before it opens is found in the settings", () => {
  assert.deepEqual(check(settings), []);
  assert.equal(check({ ...settings, closes: "06:00" })[0].path, "/closes");
});
