#!/usr/bin/env python3
"""Does in the Request Tracker of `up` what people do there: the `people` of a conformance run.

    PROVISOR_REQUEST_TRACKER=http://127.0.0.1:PORT python3 people.py VERB [WORD...]

docs/conformance.md says what the verbs are. Exit code 3: Request Tracker knows no such act.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

BASE = os.environ["PROVISOR_REQUEST_TRACKER"] + "/REST/2.0"
AGENT = "agent:agent-password-1"
# Sees deleted and hidden tickets, too, and sets fields up.
ROOT = "root:password"
FIELD = "Outcome"
UNKNOWN = 3


def ask(method, path, body=None, who=AGENT):
    """What Request Tracker answers."""
    headers = {"authorization": "Basic " + base64.b64encode(who.encode()).decode()}
    data = None
    if body is not None:
        headers["content-type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def change(number, **fields):
    """Changes a ticket, which Request Tracker answers with success even where it does not."""
    ask("PUT", f"/ticket/{number}", fields)
    ticket = ask("GET", f"/ticket/{number}", who=ROOT)
    wanted = fields.get("Status", ticket["Status"])
    if ticket["Status"] != wanted:
        sys.exit(f"ticket {number} is {ticket['Status']} and not {wanted}")


def close(number, status, note):
    ask("POST", f"/ticket/{number}/correspond", {"Content": note, "ContentType": "text/plain"})
    change(number, Status=status)


def tickets(correlation_id):
    query = urllib.parse.quote(f"CF.{{CorrelationId}} = '{correlation_id}'")
    path = f"/tickets?query={query}&fields=Subject,Status,CustomFields&per_page=100"
    return [seen(item, correlation_id) for item in ask("GET", path, who=ROOT)["items"]]


def seen(item, correlation_id):
    number = item["id"]
    fields = {field["name"]: field["values"] for field in item["CustomFields"]}
    path = f"/ticket/{number}/attachments?fields=ContentType,Content&per_page=100"
    texts = [
        text["Content"]
        for text in ask("GET", path, who=ROOT)["items"]
        if text["ContentType"].startswith("text/")
    ]
    return {
        "number": str(number),
        "title": item["Subject"],
        "description": texts[0] if texts else "",
        "status": item["Status"],
        # A hidden ticket is in a queue that has no such field; it was found by it all the same.
        "correlation-id": (fields.get("CorrelationId") or [correlation_id])[0],
        "comments": texts[1:],
    }


def main(verb, *words):
    if verb == "begin":
        change(words[0], Status="open", Owner="agent")
    elif verb == "resolve":
        close(words[0], "resolved", words[1])
    elif verb == "refuse":
        close(words[0], "rejected", words[1])
    elif verb == "reopen":
        change(words[0], Status="open")
    elif verb == "delete":
        change(words[0], Status="deleted")
    elif verb == "hide":
        change(words[0], Queue="Secret")
    elif verb == "tickets":
        print(json.dumps(tickets(words[0])))
    else:
        # The lifecycle `default` has no status for what is not wanted, and takes no other ones;
        # that a field must have a value is asked of people, and not of programs.
        sys.exit(UNKNOWN)


try:
    main(*sys.argv[1:])
except urllib.error.HTTPError as error:
    sys.exit(f"{error}: {error.read()[:200]!r}")
