import json
from dataclasses import replace
from pathlib import Path
from unittest import TestCase

from ticket import Draft
from ticketing import Ticketing, check

SETTINGS = json.loads((Path(__file__).parent.parent / "examples/settings.json").read_bytes())


def answering(status, content):
    """The component at a system that gives this one answer, and what it was sent."""
    sent = []

    def send(method, url, headers, body):
        sent.append(body and json.loads(body))
        return status, [], json.dumps(content).encode()

    return Ticketing(SETTINGS, send), sent


def draft(resource, operation):
    return Draft(
        correlation_id="provisor-17",
        title="Create the account\nann",
        description=[("heading", "What to do")],
        priority="high",
        due="2026-12-01T12:00:00Z",
        follow_up_of="S-7",
        facts={"resource": resource, "operation": operation},
    )


class Desks(TestCase):
    def test_the_first_rule_that_fits_says_the_desk(self):
        for resource, operation, desk in [
            ("payroll", "delete", "payroll leavers"),
            ("payroll", "create", "payroll"),
            ("archive", "delete", "security"),
            ("archive", "create", "service desk"),
        ]:
            desks, sent = answering(201, {"id": 8})
            desks.create(draft(resource, operation))
            self.assertEqual(sent[0]["desk"], desk)

    def test_a_slip_says_when_it_is_due_and_what_it_follows(self):
        desks, sent = answering(201, {"id": 8})
        made = draft("archive", "create")
        self.assertEqual(desks.create(made).number, "S-8")
        expected = {
            "mark": "provisor-17",
            "title": "Create the account ann",
            "text": "WHAT TO DO",
            "urgent": True,
            "desk": "service desk",
            "due": "2026-12-01T12:00:00Z",
            "follows": "S-7",
        }
        self.assertEqual(sent[0], expected)
        desks.create(replace(made, due=None, follow_up_of=None))
        self.assertEqual(list(sent[1]), ["mark", "title", "text", "urgent", "desk"])

    def test_a_loose_search_is_compared(self):
        slips = [{"id": 1, "mark": "PROVISOR-17"}, {"id": 2, "mark": "provisor-17"}]
        found = answering(200, {"slips": slips})[0].find("provisor-17")
        self.assertEqual([ticket.number for ticket in found], ["S-2"])

    def test_a_closed_slip_is_not_torn_up(self):
        desks, _ = answering(409, {"error": "the slip is closed"})
        self.assertEqual(desks.withdraw("7", "not wanted"), "the slip is closed")

    def test_what_a_slip_needs_is_missed_before_the_first_ticket(self):
        desks, _ = answering(200, {"needs": ["mark", "desk", "shelf"]})
        missed = [subject for good, subject, _ in desks.check_connection() if not good]
        self.assertEqual(missed, ["field shelf"])

    def test_a_rule_that_fits_everything_is_found_in_the_settings(self):
        self.assertEqual(check(SETTINGS), [])
        self.assertEqual(check({"desks": [{"desk": "a"}]})[0][0], "/desks/0")
