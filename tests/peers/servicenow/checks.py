"""Drives the simulated ServiceNow with pysnc and pysnow.

    checks.py HTTP-URL HTTPS-URL

Each function whose name begins with `pysnc_` or `pysnow_` is a check; its name is what it shows.
"""

import json
import sys
import traceback
import urllib.request

import pysnc
import pysnow
import requests
from pysnc.exceptions import AuthenticationException, RequestException, RoleException
from pysnow.exceptions import NoResults

PLAIN, SECURE = sys.argv[1:]
NOBODY = "0" * 32
SOLVED = {"state": "6", "close_code": "Solution provided", "close_notes": "Done as written."}


def modern(password="secret"):
    return pysnc.ServiceNowClient(SECURE, ("bot", password))


def incident(**fields):
    """A new incident, made with pysnc."""
    record = modern().GlideRecord("incident")
    record.initialize()
    for name, value in fields.items():
        record.set_value(name, value)
    assert record.insert(), "the record was not made"
    return record


def read(record):
    """The same incident, read anew."""
    again = modern().GlideRecord("incident")
    assert again.get(record.sys_id.get_value()), "the record is not there"
    return again


def classic(table="incident", password="secret"):
    host = PLAIN.removeprefix("http://")
    client = pysnow.Client(host=host, user="bot", password=password, use_ssl=False)
    return client.resource(api_path=f"/table/{table}")


def act(number, action):
    """A person does something with a ticket."""
    body = json.dumps(action).encode()
    url = f"{PLAIN}/_simulated/tickets/{number}"
    urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST")).close()


def raises(kind, act):
    try:
        act()
    except kind:
        return
    raise AssertionError(f"nothing raises {kind.__name__}")


def pysnc_makes_an_incident_and_finds_it_by_its_correlation_id():
    made = incident(short_description="Create account", correlation_id="peer-find")
    found = modern().GlideRecord("incident")
    found.add_query("correlation_id", "peer-find")
    found.query()
    assert len(found) == 1
    assert found.next()
    assert str(found.number) == str(made.number)
    assert found.get_value("number").startswith("INC")
    assert found.get_value("state") == "1"
    assert found.get_display_value("state") == "New"


def pysnc_changes_an_incident():
    record = incident(short_description="Change me")
    record.state = "2"
    assert record.update()
    again = read(record)
    assert again.state == "2"
    assert int(again.sys_mod_count) > 1


def pysnc_writes_a_work_note_which_reads_as_empty_and_shows_as_text():
    record = incident(short_description="Note me")
    record.work_notes = "Still wanted."
    assert record.update()
    again = read(record)
    assert again.get_value("work_notes") == ""
    assert "Still wanted." in again.get_display_value("work_notes")


def pysnc_is_refused_to_resolve_an_incident_without_a_closure_code():
    record = incident(short_description="Close me")
    record.state = "6"
    raises(RoleException, record.update)
    assert read(record).state == "1"


def pysnc_resolves_an_incident_with_a_closure_code():
    record = incident(short_description="Close me")
    for name, value in SOLVED.items():
        record.set_value(name, value)
    assert record.update()
    again = read(record)
    assert (again.state, again.close_code) == ("6", "Solution provided")
    assert again.get_value("resolved_at") != ""


def pysnc_leaves_a_closed_incident_as_it_is_without_being_told():
    record = incident(short_description="Closed")
    for name, value in {**SOLVED, "state": "7"}.items():
        record.set_value(name, value)
    assert record.update()
    again = read(record)
    again.state = "2"
    assert again.update()
    assert read(record).state == "7"


def pysnc_pages_through_250_records_without_losing_or_doubling_one():
    for at in range(250):
        incident(short_description=f"Page {at}", correlation_display="pysnc-pages")
    found = modern().GlideRecord("incident", batch_size=100)
    found.add_query("correlation_display", "pysnc-pages")
    found.query()
    assert found.get_row_count() == 250
    titles = {str(record.short_description) for record in found}
    assert titles == {f"Page {at}" for at in range(250)}


def pysnc_sorts_and_limits():
    found = modern().GlideRecord("incident")
    found.order_by_desc("number")
    found.limit = 3
    found.query()
    numbers = [str(record.number) for record in found]
    assert len(numbers) == 3 and numbers == sorted(numbers, reverse=True)


def pysnc_joins_conditions():
    incident(correlation_display="pysnc-or", category="one")
    incident(correlation_display="pysnc-or", category="two")
    incident(correlation_display="pysnc-or")
    found = modern().GlideRecord("incident")
    found.add_query("correlation_display", "pysnc-or")
    found.add_query("category", "one").add_or_condition("category", "two")
    found.query()
    assert len(found) == 2
    empty = modern().GlideRecord("incident")
    empty.add_query("correlation_display", "pysnc-or")
    empty.add_null_query("category")
    empty.query()
    assert len(empty) == 1


def pysnc_finds_everything_when_a_condition_makes_no_sense():
    incident(correlation_id="peer-nonsense")
    sensible = modern().GlideRecord("incident")
    sensible.query()
    nonsense = modern().GlideRecord("incident")
    nonsense.add_query("no_such_field", "peer-nonsense")
    nonsense.query()
    assert len(nonsense) == len(sensible) > 1


def pysnc_reads_references_of_a_group():
    group = modern().GlideRecord("sys_user_group")
    assert group.get("name", "Service Desk")
    record = read(incident(assignment_group=group.sys_id.get_value()))
    assert record.get_value("assignment_group") == group.sys_id
    assert record.get_display_value("assignment_group") == "Service Desk"


def pysnc_is_told_that_a_record_is_missing():
    assert not modern().GlideRecord("incident").get(NOBODY)


def pysnc_deletes_a_record():
    record = incident(short_description="Delete me")
    assert record.delete()
    assert not modern().GlideRecord("incident").get(record.sys_id.get_value())


def pysnc_is_told_that_there_is_no_such_table():
    raises(RequestException, modern().GlideRecord("no_such_table").query)


def pysnc_is_not_let_in_with_a_wrong_password():
    raises(AuthenticationException, modern("wrong").GlideRecord("incident").query)


def pysnc_sees_what_people_have_done():
    record = incident(short_description="Do me")
    act(record.number, {"resolve": {"note": "Login is a.smith."}})
    again = read(record)
    assert (again.state, again.close_notes) == ("6", "Login is a.smith.")


def pysnow_makes_an_incident_and_finds_it():
    made = classic().create({"short_description": "Old", "correlation_id": "peer-old"}).one()
    assert made["state"] == "1" and len(made["sys_id"]) == 32
    by_fields = classic().get(query={"correlation_id": "peer-old"}).one()
    assert by_fields["number"] == made["number"]
    builder = pysnow.QueryBuilder().field("correlation_id").equals("peer-old")
    assert classic().get(query=builder).one()["number"] == made["number"]
    either = pysnow.QueryBuilder().field("number").equals([made["number"], "INC9999999"])
    assert classic().get(query=either).one()["sys_id"] == made["sys_id"]


def pysnow_finds_nothing():
    nothing = classic().get(query={"correlation_id": "peer-nobody"})
    assert nothing.one_or_none() is None
    raises(NoResults, classic().get(query={"correlation_id": "peer-nobody"}).one)


def pysnow_changes_a_task():
    tasks = classic("sc_task")
    made = tasks.create({"short_description": "Old"}).one()
    changed = tasks.update({"number": made["number"]}, {"state": "3"}).one()
    assert (changed["state"], changed["active"]) == ("3", "false")


def pysnow_is_refused_to_change_a_closed_task():
    tasks = classic("sc_task")
    made = tasks.create({"state": "3"}).one()
    answer = classic("sc_task").update({"number": made["number"]}, {"state": "1"})
    raises(requests.HTTPError, answer.one)


def pysnow_pages_through_250_changes():
    changes = classic("change_request")
    for at in range(250):
        changes.create({"short_description": f"Page {at}", "correlation_display": "pysnow-pages"})
    titles = set()
    for offset in range(0, 300, 100):
        page = classic("change_request").get(
            query="correlation_display=pysnow-pages^ORDERBYsys_id", limit=100, offset=offset
        )
        assert page.headers["X-Total-Count"] == "250"
        assert ('rel="next"' in page.headers["Link"]) == (offset < 200)
        titles.update(record["short_description"] for record in page.all())
    assert titles == {f"Page {at}" for at in range(250)}


def pysnow_reads_a_stream():
    page = classic("change_request").get(query={}, limit=120, stream=True)
    assert sum(1 for _ in page.all()) == 120


def pysnow_gets_only_the_fields_that_it_asks_for():
    classic().create({"correlation_id": "peer-fields"})
    answer = classic().get(query={"correlation_id": "peer-fields"}, fields=["number", "nonsense"])
    assert list(answer.one()) == ["number"]


def pysnow_gets_references_as_links():
    group = classic("sys_user_group").get(query={"name": "Service Desk"}).one()
    made = classic().create({"assignment_group": group["sys_id"]}).one()
    assert made["assignment_group"]["value"] == group["sys_id"]
    assert made["assignment_group"]["link"].endswith(f"/sys_user_group/{group['sys_id']}")


def pysnow_deletes_a_record():
    made = classic().create({"correlation_id": "peer-delete"}).one()
    assert classic().delete({"number": made["number"]}) == {"status": "record deleted"}
    assert classic().get(query={"number": made["number"]}).one_or_none() is None


def pysnow_is_not_let_in_with_a_wrong_password():
    raises(requests.HTTPError, classic(password="wrong").get(query={}).one)


def main():
    passed = failed = 0
    checks = [(name, it) for name, it in globals().items() if name.startswith(("pysnc_", "pysnow_"))]
    for name, check in checks:
        try:
            check()
        except Exception:
            failed += 1
            print(f"failed: {name.replace('_', ' ')}")
            traceback.print_exc(limit=-3, file=sys.stdout)
        else:
            passed += 1
            print(f"ok: {name.replace('_', ' ')}")
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


main()
