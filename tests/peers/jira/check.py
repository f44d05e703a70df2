"""Clients and schemas of Jira that are not ours, against the simulated Jira and the component."""

import argparse
import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

from jira import JIRA, JIRAError
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

USER, PASSWORD = "bot@example.com", "secret"

DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Do it."}]}],
}

# Calls that are younger than the published document.
YOUNGER = (
    "/rest/api/3/search/jql",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/issue/createmeta/PROV/issuetypes",
)


class Checks:
    """What was checked so far."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, judge):
        """Runs one check: it fails by an exception, or by returning something false."""
        try:
            good, why = judge() is not False, "not so"
        except Exception as error:  # whatever a client does not like
            good, why = False, "; ".join(reasons(error))
        if good:
            self.passed += 1
            print(f"passed: {name}")
        else:
            self.failed += 1
            print(f"FAILED: {name}: {why}")


def reasons(error):
    """Why something was not liked: what a schema says lies below what is told first."""
    while error.__cause__ is not None:
        error = error.__cause__
    found = [one for one in getattr(error, "schema_errors", [])] or [error]
    return [f"{type(one).__name__}: {str(one).splitlines()[0][:300]}" for one in found]


class Served:
    """A simulated Jira in a process of its own."""

    def __init__(self, program, product):
        self.process = subprocess.Popen(
            [program, product, "--port", "0", "--user", USER, "--password", PASSWORD],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def act(self, number, action):
        request = urllib.request.Request(
            f"{self.url}/_simulated/tickets/{number}",
            data=json.dumps(action).encode(),
            headers={"content-type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(request).close()


def client(served, product):
    """The client of PyPI, as its documentation logs in for each kind of Jira."""
    if product == "jira-cloud":
        return JIRA(
            server=served.url,
            basic_auth=(USER, PASSWORD),
            options={"rest_api_version": "3"},
            max_retries=0,
        )
    return JIRA(server=served.url, token_auth=PASSWORD, max_retries=0)


def refused(status, call):
    """Whether a call is refused with this status."""
    try:
        call()
    except JIRAError as error:
        return error.status_code == status
    return False


def drive(checks, program, product):
    """Drives a simulated Jira through all that the client can do with a ticket."""

    def check(name, judge):
        checks.check(f"{product}: {name}", judge)

    cloud = product == "jira-cloud"
    text = DOCUMENT if cloud else "Do *it*."
    with Served(program, product) as served:
        jira = client(served, product)
        check("the client logs in", lambda: bool(jira.myself()["displayName"]))
        kind = "Cloud" if cloud else "Server"
        check("it says which Jira it is", lambda: jira.server_info()["deploymentType"] == kind)
        check("the project is read", lambda: jira.project("PROV").name == "Provisioning")

        made = {}

        def create():
            made["issue"] = jira.create_issue(
                fields={
                    "project": {"key": "PROV"},
                    "issuetype": {"name": "Task"},
                    "summary": "Create account asmith",
                    "description": text,
                    "labels": ["provisor-corr-0001"],
                    "priority": {"name": "High"},
                    "duedate": "2026-12-01",
                    "customfield_10050": "corr-0001",
                }
            )
            return made["issue"].key == "PROV-1"

        check("a ticket is made", create)
        issue = made["issue"]
        check("it is read by its key", lambda: jira.issue("PROV-1").id == issue.id)
        check("it is read by its id", lambda: jira.issue(issue.id).key == "PROV-1")
        check("its status has a category", lambda: issue.fields.status.statusCategory.key == "new")
        check("its description is kept", lambda: jira.issue("PROV-1").raw["fields"]["description"] == text)
        found = lambda: [one.key for one in jira.search_issues('labels = "provisor-corr-0001"')]
        check("it is found by its label", lambda: found() == ["PROV-1"])
        check("nothing else is found", lambda: not jira.search_issues('labels = "provisor-other"'))
        check("a broken query is refused", lambda: refused(400, lambda: jira.search_issues("labels ==")))

        names = lambda: {one["name"]: one["id"] for one in jira.transitions("PROV-1")}
        check("its transitions are told", lambda: {"Start progress", "Done"} <= set(names()))
        step = lambda name, **more: jira.transition_issue("PROV-1", name, **more) or True
        check("it goes on", lambda: step("Start progress"))
        now = lambda: jira.issue("PROV-1").fields
        check("its status has changed", lambda: now().status.name == "In Progress")
        check("it is resolved", lambda: step("Done", resolution={"name": "Done"}))
        check("it has a resolution and its time", lambda: now().resolution.name == "Done" and now().resolutiondate)
        check("it is reopened", lambda: step("Reopen"))
        check("its resolution is cleared", lambda: now().resolution is None)
        unknown = lambda: jira.transition_issue("PROV-1", "999")
        check("an unknown transition is refused", lambda: refused(400, unknown))
        wrong = lambda: jira.transition_issue("PROV-1", "11", fields={"resolution": {"name": "Done"}})
        check("a resolution without its screen is refused", lambda: refused(400, wrong))

        check("a comment is added", lambda: jira.add_comment("PROV-1", text).body is not None)
        check("comments are read", lambda: len(jira.comments("PROV-1")) == 1)
        check("it is edited", lambda: issue.update(fields={"summary": "Another title"}) is None)
        check("the edit is kept", lambda: now().summary == "Another title")
        check("a label is added", lambda: issue.update(update={"labels": [{"add": "more"}]}) is None)
        check("the label is kept", lambda: now().labels == ["provisor-corr-0001", "more"])

        fields = {"project": {"key": "PROV"}, "issuetype": {"name": "Task"}, "summary": "x"}
        bad = {
            "a title of 256 characters": {"summary": "x" * 256},
            "a title of two lines": {"summary": "a\nb"},
            "a label with a space": {"labels": ["a b"]},
            "a day that is none": {"duedate": "soon"},
            "a description of the other kind": {"description": "text" if cloud else DOCUMENT},
            "a project that is not there": {"project": {"key": "NONE"}},
            "a field that is not there": {"customfield_1": "x"},
        }
        for name, change in bad.items():
            make = lambda change=change: jira.create_issue(fields={**fields, **change})
            check(f"{name} is refused", lambda make=make: refused(400, make))

        served.act("PROV-1", {"replace": {"number": ""}})
        check("a moved ticket has another key", lambda: jira.issue(issue.id).key == "OPS-1")
        check("it is still read by the old one", lambda: jira.issue("PROV-1").id == issue.id)
        check("it is removed", lambda: jira.issue(issue.id).delete() is None)
        check("then it is not there", lambda: refused(404, lambda: jira.issue(issue.id)))

        other = "Basic eDp5"
        request = urllib.request.Request(
            f"{served.url}/rest/api/{3 if cloud else 2}/myself", headers={"authorization": other}
        )

        def stranger():
            try:
                urllib.request.urlopen(request).close()
            except urllib.error.HTTPError as error:
                return error.code == 401
            return False

        check("somebody else is refused", stranger)


def judge_calls(checks, schema, calls):
    """Judges what the component sent, and what the simulated Jira answered, by the schema."""
    document = json.loads(schema.read_text())
    document["servers"] = [{"url": "https://jira.example.com"}]
    # The document itself is not what is judged here, and Jira writes the offset of a time without
    # the colon that the format asks for.
    config = Config(
        spec_validator_cls=None,
        extra_format_validators={"date-time": lambda value: isinstance(value, str)},
    )
    openapi = OpenAPI.from_dict(document, config=config)
    seen = {}
    for call in json.loads((calls / "cloud.json").read_text()):
        sent, got = call["request"], call["response"]
        url = urllib.parse.urlsplit(sent["url"])
        name = f"{sent['method']} {url.path}"
        contents = seen.setdefault(name, [])
        if url.path.startswith(YOUNGER) or (sent["body"], got["body"]) in contents:
            continue
        contents.append((sent["body"], got["body"]))
        number = f" ({len(contents)})" if len(contents) > 1 else ""
        request = MockRequest(
            f"{url.scheme}://{url.netloc}",
            sent["method"].lower(),
            url.path,
            args=dict(urllib.parse.parse_qsl(url.query)),
            headers=dict(sent["headers"]),
            data=sent["body"].encode() if sent["body"] is not None else None,
            content_type="application/json",
        )
        response = MockResponse(
            got["body"].encode(), status_code=got["status"], content_type="application/json"
        )
        checks.check(
            f"openapi: the component's {name}{number}",
            lambda: openapi.validate_request(request),
        )
        if got["status"] != 204 and got["body"]:
            checks.check(
                f"openapi: the answer {got['status']} to {name}{number}",
                lambda: openapi.validate_response(request, response),
            )
    wrong = MockRequest(
        "https://jira.example.com",
        "post",
        "/rest/api/3/issue",
        data=b'{"fields": "none"}',
        headers={"authorization": "Basic eDp5"},
        content_type="application/json",
    )

    def noticed():
        try:
            openapi.validate_request(wrong)
        except Exception:
            return True
        return False

    checks.check("openapi: a wrong request would be noticed", noticed)


def judge_shapes(checks, module, calls):
    """Lets the shapes of jira.js judge the same calls; each of its lines is a check."""
    script = pathlib.Path(__file__).with_name("shapes.mjs")
    command = ["node", str(script), str(module), str(calls / "cloud.json")]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        verdict, _, name = line.partition(": ")
        checks.check(name, lambda: verdict == "passed")
    checks.check("jira.js: the shapes have judged", lambda: len(lines) > 10)


def judge_versions(checks, calls):
    """Judges that each dialect stays within its own version of the API."""
    for deployment, version in (("cloud", "3"), ("data-center", "2")):
        sent = json.loads((calls / f"{deployment}.json").read_text())
        paths = [urllib.parse.urlsplit(one["request"]["url"]).path for one in sent]
        checks.check(
            f"{deployment}: all {len(paths)} calls go to version {version}",
            lambda: bool(paths) and all(path.startswith(f"/rest/api/{version}/") for path in paths),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program provisor-simulated")
    parser.add_argument("--schema", type=pathlib.Path, required=True, help="Atlassian's OpenAPI")
    parser.add_argument("--calls", type=pathlib.Path, required=True, help="where cloud.json lies")
    parser.add_argument("--shapes", type=pathlib.Path, required=True, help="jira.js, its cloud")
    given = parser.parse_args()
    checks = Checks()
    for product in ("jira-cloud", "jira-data-center"):
        drive(checks, given.program, product)
    judge_versions(checks, given.calls)
    judge_calls(checks, given.schema, given.calls)
    judge_shapes(checks, given.shapes, given.calls)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
