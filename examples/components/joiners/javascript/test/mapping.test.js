import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Account } from "../src/account.js";
import { attributes, check, map } from "../src/mapping.js";
import { PageBuilder, rowsOf } from "../src/page.js";

const settings = JSON.parse(readFileSync(new URL("../examples/settings.json", import.meta.url)));

/** The account of an identity, and of which attributes there is something to say. */
function accountOf(identity) {
  const page = new PageBuilder();
  Object.values(identity).forEach((value) => page.cell([value].flat()));
  const [row] = rowsOf({ columns: Object.keys(identity), rows: page.finish() });
  const account = new Account(attributes);
  map(row, account, settings);
  const cells = account.cells();
  return {
    ...Object.fromEntries(attributes.map((name, place) => [name, cells[place]])),
    remarks: account.remarks.map(({ kind, attribute }) => [kind, attribute]),
  };
}

const loginOf = (given, family, iteration = "0") =>
  accountOf({ given, family, $iteration: iteration }).login[0];

test("a login has plain letters", () => {
  assert.equal(loginOf("Željka", "Łukasiewicz"), "zlukasie");
  assert.equal(loginOf("Søren", "Großmann"), "sgrossma");
  assert.equal(loginOf("Ann", "O'Neill"), "aoneill");
  assert.equal(loginOf("李", "明"), undefined);
});

test("a login that is taken gets a number and is not longer", () => {
  assert.equal(loginOf("Ann", "Turner", "1"), "aturner2");
  assert.equal(loginOf("Ann", "Turner-Bell", "1"), "aturner2");
  assert.equal(loginOf("Ann", "Turner-Bell", "99"), "aturn100");
  assert.equal(loginOf("Ann", "Turner-Bell", "99999999"), undefined);
});

test("departments make groups, each once", () => {
  const groupsOf = (department) => accountOf({ given: "Ann", family: "Turner", department });
  assert.deepEqual(groupsOf(["Finance", "Sales"]).groups, ["intranet", "ledger", "reports", "offers"]);
  const { groups, remarks } = groupsOf("constructor");
  assert.deepEqual(groups, ["intranet"]);
  assert.deepEqual(remarks[1], ["warning", "groups"]);
});

test("an external without end has everything else", () => {
  const bo = { given: "Bo", family: "Li", kind: "external", "end-date": "next year" };
  const { login, remarks } = accountOf(bo);
  assert.deepEqual(login, ["bli"]);
  assert.deepEqual(remarks, [["left-alone", "mail"], ["error", "valid-until"]]);
});

test("a group of everybody is no group of a department", () => {
  assert.deepEqual(check(settings), []);
  assert.equal(check({ everybody: ["a"], groups: { "R/D": ["a"] } })[0].path, "/groups/R~1D");
});
