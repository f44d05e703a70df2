// Judges calls of the component and answers of the simulated Jira Cloud by the shapes with which the
// npm package jira.js checks its own: they are younger than the OpenAPI document and know the calls
// that it lacks. Arguments: the module `cloud` of jira.js, and the file of calls.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , module, file] = process.argv;
const shapes = await import(pathToFileURL(module));

const known = [
  ["POST", /\/issue$/, "IssueUpdateDetailsSchema", "CreatedIssueSchema"],
  ["POST", /\/issue\/bulkfetch$/, "BulkFetchIssueRequestSchema", "BulkIssueResultsSchema"],
  ["POST", /\/search\/jql$/, "SearchAndReconcileRequestSchema", "SearchAndReconcileResultsSchema"],
  ["GET", /\/issue\/[0-9]+$/, null, "IssueSchema"],
  ["PUT", /\/issue\/[0-9]+$/, "IssueUpdateDetailsSchema", null],
  ["GET", /\/transitions$/, null, "TransitionsSchema"],
  ["POST", /\/transitions$/, "IssueUpdateDetailsSchema", null],
  ["POST", /\/comment$/, null, "CommentSchema"],
  ["GET", /\/issuetypes$/, null, "PageOfCreateMetaIssueTypesSchema"],
  ["GET", /\/issuetypes\/[0-9]+$/, null, "PageOfCreateMetaIssueTypeWithFieldSchema"],
];

function judge(what, name, text) {
  const shape = shapes[name];
  if (!shape) {
    console.log(`FAILED: jira.js: it has no ${name}`);
    return;
  }
  const judged = shape.safeParse(JSON.parse(text));
  const wrong = judged.success
    ? ""
    : judged.error.issues.map((issue) => `${issue.path.join("/")}: ${issue.message}`).join("; ");
  console.log(wrong ? `FAILED: jira.js: ${what}: ${wrong}` : `passed: jira.js: ${what} is a ${name}`);
}

const seen = new Set();
for (const { request, response } of JSON.parse(readFileSync(file, "utf8"))) {
  const path = new URL(request.url).pathname;
  const found = known.find(([method, fits]) => method === request.method && fits.test(path));
  const same = `${request.method} ${path} ${request.body} ${response.body}`;
  if (!found || seen.has(same)) continue;
  seen.add(same);
  const [, , sent, got] = found;
  if (sent) judge(`what the component sends to ${path}`, sent, request.body);
  if (got && response.status < 300) judge(`the answer of ${path}`, got, response.body);
}
