#!/usr/bin/env python3
"""Does in the Roundup of `up` what people do there: the `people` of a conformance run.

    PROVISOR_ROUNDUP=http://127.0.0.1:PORT/t python3 people.py VERB [WORD...]

docs/conformance.md says what the verbs are. Exit code 3: Roundup knows no such act.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

TRACKER = urllib.parse.urlsplit(os.environ["PROVISOR_ROUNDUP"])
BASE = TRACKER.geturl() + "/rest/data"
AGENT = "agent:agent-password-1"
# Makes statuses, and takes issues away.
ADMIN = "admin:admin-password-1"
UNKNOWN = 3


def ask(method, path, body=None, who=AGENT, **headers):
    """What Roundup answers, without what is around it."""
    headers |= {
        "authorization": "Basic " + base64.b64encode(who.encode()).decode(),
        # It takes changes from its own pages only, or from whoever says so.
        "origin": f"{TRACKER.scheme}://{TRACKER.netloc}",
        "x-requested-with": "rest",
    }
    data = None
    if body is not None:
        headers["content-type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


def change(number, note=None, **fields):
    """Changes an issue, and adds a message to it."""
    issue = ask("GET", f"/issue/{number}")
    if note is not None:
        message = ask("POST", "/msg", {"content": note})["id"]
        known = [known["id"] for known in issue["attributes"]["messages"]]
        fields["messages"] = [*known, message]
    ask("PUT", f"/issue/{number}", fields | {"@etag": issue["@etag"]})


def tickets(correlation_id):
    fields = "title,status.name,correlationid,messages"
    query = urllib.parse.urlencode({"correlationid:": correlation_id, "@fields": fields})
    return [seen(issue) for issue in ask("GET", f"/issue?{query}")["collection"]]


def seen(issue):
    numbers = sorted(int(message["id"]) for message in issue["messages"])
    texts = [ask("GET", f"/msg/{number}/content")["data"] for number in numbers]
    return {
        "number": issue["id"],
        "title": issue["title"],
        "description": texts[0] if texts else "",
        "status": issue["status.name"],
        "correlation-id": issue["correlationid"],
        "comments": texts[1:],
    }


def main(verb, *words):
    if verb == "begin":
        change(words[0], status="in-progress", assignedto="agent")
    elif verb == "resolve":
        change(words[0], words[1], status="resolved")
    elif verb == "refuse":
        change(words[0], words[1], status="rejected")
    elif verb == "reopen":
        change(words[0], status="chatting")
    elif verb == "delete":
        etag = ask("GET", f"/issue/{words[0]}")["@etag"]
        ask("DELETE", f"/issue/{words[0]}", who=ADMIN, **{"if-match": etag})
    elif verb == "status":
        ask("POST", "/status", {"name": words[1], "order": 99}, who=ADMIN)
        change(words[0], status=words[1])
    elif verb == "tickets":
        print(json.dumps(tickets(words[0])))
    else:
        # Nobody can be kept from an issue, no status says that it is not wanted, and no field
        # has to have a value.
        sys.exit(UNKNOWN)


try:
    main(*sys.argv[1:])
except urllib.error.HTTPError as error:
    sys.exit(f"{error}: {error.read()[:200]!r}")
