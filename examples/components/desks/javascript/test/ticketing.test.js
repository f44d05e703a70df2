import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Ticketing, check } from "../src/ticketing.js";
import { decode, encode } from "../src/utf8.js";

const settings = JSON.parse(readFileSync(new URL("../examples/settings.json", import.meta.url)));

/** The component at a system that gives this one answer; `sent` is what it was sent. */
function answering(status, json) {
  const sent = [];
  const desks = new Ticketing(settings, ({ body }) => {
    sent.push(body && JSON.parse(decode(body)));
    return { status, headers: [], body: encode(JSON.stringify(json)) };
  });
  return { desks, sent };
}

const draft = (resource, operation) => ({
  correlationId: "provisor-17",
  title: "Create the account\nann",
  description: [{ tag: "heading", val: "What to do" }],
  priority: "high",
  due: "2026-12-01T12:00:00Z",
  followUpOf: { reference: "7", number: "S-7" },
  facts: [["resource", resource], ["operation", operation]],
});

test("the first rule that fits says the desk", () => {
  for (const [resource, operation, desk] of [
    ["payroll", "delete", "payroll leavers"],
    ["payroll", "create", "payroll"],
    ["archive", "delete", "security"],
    ["archive", "create", "service desk"],
  ]) {
    const { desks, sent } = answering(201, { id: 8 });
    desks.create(draft(resource, operation));
    assert.equal(sent[0].desk, desk);
  }
});

test("a slip says when it is due and what it follows", () => {
  const { desks, sent } = answering(201, { id: 8 });
  assert.equal(desks.create(draft("archive", "create")).number, "S-8");
  assert.deepEqual(sent[0], {
    mark: "provisor-17",
    title: "Create the account ann",
    text: "WHAT TO DO",
    urgent: true,
    desk: "service desk",
    due: "2026-12-01T12:00:00Z",
    follows: "S-7",
  });
  desks.create({ ...draft("archive", "create"), due: null, followUpOf: null });
  assert.deepEqual(Object.keys(sent[1]), ["mark", "title", "text", "urgent", "desk"]);
});

test("a loose search is compared", () => {
  const slips = [{ id: 1, mark: "PROVISOR-17" }, { id: 2, mark: "provisor-17" }];
  const found = answering(200, { slips }).desks.find("provisor-17");
  assert.deepEqual(found.map(({ ticket }) => ticket.number), ["S-2"]);
});

test("a closed slip is not torn up", () => {
  const { desks } = answering(409, { error: "the slip is closed" });
  const refused = desks.withdraw("7", "not wanted");
  assert.deepEqual(refused, { tag: "refused", val: "the slip is closed" });
});

test("what a slip needs is missed before the first ticket", () => {
  const found = answering(200, { needs: ["mark", "desk", "shelf"] }).desks.checkConnection();
  assert.deepEqual(found.filter(({ good }) => !good).map(({ subject }) => subject), ["field shelf"]);
});

test("a rule that fits everything is found in the settings", () => {
  assert.deepEqual(check(settings), []);
  assert.equal(check({ desks: [{ desk: "a" }] })[0].path, "/desks/0");
});
