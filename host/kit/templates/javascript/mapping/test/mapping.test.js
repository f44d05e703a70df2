import assert from "node:assert/strict";
import { test } from "node:test";

import { Account } from "../src/account.js";
import { attributes, check, map } from "../src/mapping.js";
import { PageBuilder, rowsOf } from "../src/page.js";

const settings = { "mail-domain": "example.org" };

/** The account of an identity as an object of lists, and what there is to say about it. */
function account(identity) {
  const page = new PageBuilder();
  Object.values(identity).forEach((value) => page.cell([value].flat()));
  const [row] = rowsOf({ columns: Object.keys(identity), rows: page.finish() });
  const account = new Account(attributes);
  map(row, account, settings);
  const cells = account.cells();
  return {
    ...Object.fromEntries(attributes.map((name, at) => [name, cells[at]])),
    remarks: account.remarks,
  };
}

test("an account has what can be made of a name", () => {
  assert.deepEqual(account({ given: "Ann", family: "O'Neill", team: ["Night", "Support"] }), {
    login: ["aoneill"],
    name: ["Ann O'Neill"],
    mail: ["aoneill@example.org"],
    groups: ["night", "support"],
    remarks: [],
  });
});

test("a login that is taken gets a number", () => {
  const { login, mail } = account({ given: "Ann", family: "Turner", $iteration: "1" });
  assert.deepEqual([login, mail], [["aturner1"], ["aturner1@example.org"]]);
  const long = account({ given: "Ann", family: "t".repeat(30), $iteration: "12" });
  assert.deepEqual(long.login, [`a${"t".repeat(17)}12`]);
});

test("a mail address that cannot be made spoils nothing else", () => {
  const { login, mail, remarks } = account({ given: "Željka", family: "Novák" });
  assert.deepEqual([login, mail], [["žnovák"], []]);
  assert.deepEqual(remarks.map(({ kind, attribute }) => [kind, attribute]), [["error", "mail"]]);
});

test("without a name there is no account", () => {
  for (const identity of [{ given: "Bo" }, { given: "!", family: "?" }]) {
    const { remarks } = account(identity);
    assert.deepEqual(remarks.map(({ kind, attribute }) => [kind, attribute]), [["error", null]]);
  }
});

test("a domain is written without the @", () => {
  assert.deepEqual(check(settings), []);
  assert.equal(check({ "mail-domain": "@example.org" })[0].path, "/mail-domain");
});
