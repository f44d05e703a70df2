import assert from "node:assert/strict";
import { test } from "node:test";

import { Ticketing, check } from "../src/ticketing.js";
import { decode, encode } from "../src/utf8.js";

const settings = { url: "https://slips.example.org", fields: { desk: "{route}", shelf: "{shelf}" } };

/** Slips behind a system that gives these answers one after the other; `sent` is what it was sent. */
function answering(...answers) {
  const sent = [];
  const slips = new Ticketing(settings, ({ method, url, body }) => {
    sent.push({ method, path: url.slice(settings.url.length), json: body && JSON.parse(decode(body)) });
    const { status = 200, headers = [], json, text = JSON.stringify(json) } = answers.shift();
    return { status, headers, body: encode(text) };
  });
  return { slips, sent };
}

const draft = {
  correlationId: "PROV-0001",
  title: "Create the account\nann",
  description: [
    { tag: "heading", val: "What to do" },
    { tag: "steps", val: [[{ text: "Open <b>", strong: false, link: null }]] },
    { tag: "table", val: { head: ["Attribute", "Value"], rows: [["name", "Zoë"]] } },
  ],
  priority: "urgent",
  due: null,
  followUpOf: null,
  facts: [["route", "first floor"]],
};

test("a draft becomes a slip", () => {
  const { slips, sent } = answering({ status: 201, json: { id: 7 } });
  assert.deepEqual(slips.create(draft), {
    reference: "7",
    number: "S-7",
    url: "https://slips.example.org/slips/7",
  });
  assert.deepEqual(sent, [
    {
      method: "POST",
      path: "/slips",
      json: {
        desk: "first floor",
        mark: "PROV-0001",
        title: "Create the account ann",
        text: "WHAT TO DO\n\n1. Open <b>\n\nAttribute | Value\nname | Zoë",
        urgent: true,
      },
    },
  ]);
});

test("what is too long is cut, and says so", () => {
  const { slips, sent } = answering({ status: 201, json: { id: 7 } });
  const text = [{ text: "😀".repeat(5000), strong: false, link: null }];
  slips.create({ ...draft, title: "x".repeat(99), description: [{ tag: "paragraph", val: text }] });
  assert.equal(sent[0].json.title, `${"x".repeat(79)}…`);
  assert.ok([...sent[0].json.text].length <= 4000);
  assert.match(sent[0].json.text, /😀…\n\n\(Cut here/);
});

test("an answer that may mean anything is ambiguous when something was to change", () => {
  for (const answer of [{ text: "<html>" }, { json: {} }, { status: 500, json: { error: "no" } }]) {
    assert.throws(() => answering(answer).slips.create(draft), { kind: "ambiguous" });
    assert.throws(() => answering(answer).slips.find("PROV-0001"), { kind: "unavailable" });
  }
});

test("a loose search is compared", () => {
  const list = [{ id: 1, mark: "PROV-00011" }, { id: 2, mark: "PROV-0001" }, { id: 3, mark: "prov-0001" }];
  const found = answering({ json: { slips: list } }).slips.find("PROV-0001");
  assert.deepEqual(found.map(({ ticket }) => ticket.number), ["S-2"]);
});

test("what the list does not show is looked at alone", () => {
  const { slips, sent } = answering(
    { json: { slips: [{ id: 2, state: "finished", note: "done" }] } },
    { status: 403, json: { error: "not for you" } },
    { status: 410, json: { error: "thrown away" } },
    { status: 410, text: "<html>" },
    { json: { id: 5, state: "somewhere" } },
  );
  const conditions = slips.status(["1", "2", "3", "4", "5"]);
  assert.deepEqual(
    conditions.map(({ tag, val }) => [tag, val?.class ?? val?.kind]),
    [
      ["forbidden", undefined],
      ["progress", "done"],
      ["gone", undefined],
      ["failed", "not-found"],
      ["progress", "unknown"],
    ],
  );
  assert.equal(sent[0].path, "/slips?ids=1%2C2%2C3%2C4%2C5");
});

test("too many calls are told with the time to wait", () => {
  const answer = { status: 429, headers: [["retry-after", "30"]], json: { error: "slow down" } };
  assert.throws(() => answering(answer).slips.find("PROV-0001"), { kind: "rate-limited", retryAfter: 30 });
});

test("a finished slip cannot be torn up any more", () => {
  const refused = { status: 409, json: { error: "the slip is closed" } };
  const withdraw = (answer) => answering(answer).slips.withdraw("7", "not wanted");
  assert.deepEqual(withdraw({ json: { id: 7 } }), { tag: "withdrawn" });
  assert.deepEqual(withdraw(refused), { tag: "refused", val: "the slip is closed" });
});

test("a field that every slip needs is missed before the first ticket", () => {
  const look = (answer) => answering(answer).slips.checkConnection();
  const findings = look({ json: { needs: ["mark", "title", "shelf", "colour"] } });
  assert.deepEqual(findings.map(({ good, subject }) => [good, subject]), [
    [true, "credentials"],
    [false, "field colour"],
  ]);
  assert.equal(look({ status: 401, json: { error: "who are you?" } })[0].good, false);
});

test("a field that is filled in anyway is found in the settings", () => {
  assert.deepEqual(check(settings), []);
  assert.equal(check({ ...settings, fields: { mark: "x" } })[0].path, "/fields/mark");
});
