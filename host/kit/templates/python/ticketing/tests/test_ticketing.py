import json
from unittest import TestCase

from failed import Failed
from ticket import Draft, Progress
from ticketing import Ticketing, check

SETTINGS = {
    "url": "https://slips.example.org",
    "fields": {"desk": "{route}", "shelf": "{shelf}"},
}

DRAFT = Draft(
    correlation_id="PROV-0001",
    title="Create the account\nann",
    description=[
        ("heading", "What to do"),
        ("steps", [[("Open <b>", None)]]),
        ("table", (["Attribute", "Value"], [["name", "Zoë"]])),
    ],
    priority="urgent",
    facts={"route": "first floor"},
)


def answering(*answers):
    """Slips behind a system that gives these answers one after the other, and what it was sent."""
    sent, rest = [], iter(answers)

    def send(method, url, headers, body):
        sent.append((method, url.removeprefix(SETTINGS["url"]), body and json.loads(body)))
        status, content, *headers = next(rest)
        content = content if isinstance(content, str) else json.dumps(content)
        return status, headers, content.encode()

    return Ticketing(SETTINGS, send), sent


class Tickets(TestCase):
    def assert_fails(self, kind, call, *arguments):
        with self.assertRaises(Failed) as raised:
            call(*arguments)
        self.assertEqual(raised.exception.kind, kind)
        return raised.exception

    def test_a_draft_becomes_a_slip(self):
        slips, sent = answering((201, {"id": 7}))
        ticket = slips.create(DRAFT)
        self.assertEqual(
            (ticket.reference, ticket.number, ticket.url),
            ("7", "S-7", "https://slips.example.org/slips/7"),
        )
        expected = {
            "desk": "first floor",
            "mark": "PROV-0001",
            "title": "Create the account ann",
            "text": "WHAT TO DO\n\n1. Open <b>\n\nAttribute | Value\nname | Zoë",
            "urgent": True,
        }
        self.assertEqual(sent, [("POST", "/slips", expected)])

    def test_what_is_too_long_is_cut_and_says_so(self):
        slips, sent = answering((201, {"id": 7}))
        text = [("paragraph", [("😀" * 5000, None)])]
        slips.create(Draft("PROV-0001", "x" * 99, text))
        slip = sent[0][2]
        self.assertEqual(slip["title"], "x" * 79 + "…")
        self.assertLessEqual(len(slip["text"]), 4000)
        self.assertIn("😀…\n\n(Cut here", slip["text"])

    def test_an_answer_that_may_mean_anything_is_ambiguous_when_something_was_to_change(self):
        for answer in [(200, "<html>"), (200, {}), (500, {"error": "no"})]:
            self.assert_fails("ambiguous", answering(answer)[0].create, DRAFT)
            self.assert_fails("unavailable", answering(answer)[0].find, "PROV-0001")

    def test_a_loose_search_is_compared(self):
        marks = ["PROV-00011", "PROV-0001", "prov-0001"]
        found = [{"id": number, "mark": mark} for number, mark in enumerate(marks)]
        slips, _ = answering((200, {"slips": found}))
        self.assertEqual([ticket.number for ticket in slips.find("PROV-0001")], ["S-1"])

    def test_what_the_list_does_not_show_is_looked_at_alone(self):
        slips, sent = answering(
            (200, {"slips": [{"id": 2, "state": "finished", "note": "done"}]}),
            (403, {"error": "not for you"}),
            (410, {"error": "thrown away"}),
            (410, "<html>"),
            (200, {"id": 5, "state": "somewhere"}),
        )
        forbidden, done, gone, failed, unknown = slips.status(["1", "2", "3", "4", "5"])
        self.assertEqual((forbidden, gone), ("forbidden", "gone"))
        self.assertEqual(failed.kind, "not-found")
        self.assertEqual(done, Progress("finished", "done", note="done"))
        self.assertEqual(unknown.meaning, "unknown")
        self.assertEqual(sent[0][1], "/slips?ids=1%2C2%2C3%2C4%2C5")

    def test_too_many_calls_are_told_with_the_time_to_wait(self):
        slips, _ = answering((429, {"error": "slow down"}, ("retry-after", "30")))
        failed = self.assert_fails("rate-limited", slips.find, "PROV-0001")
        self.assertEqual(failed.retry_after, 30)

    def test_a_finished_slip_cannot_be_torn_up_any_more(self):
        self.assertIsNone(answering((200, {"id": 7}))[0].withdraw("7", "not wanted"))
        refused, _ = answering((409, {"error": "the slip is closed"}))
        self.assertEqual(refused.withdraw("7", "not wanted"), "the slip is closed")

    def test_a_field_that_every_slip_needs_is_missed_before_the_first_ticket(self):
        slips, _ = answering((200, {"needs": ["mark", "title", "shelf", "colour"]}))
        findings = [(good, subject) for good, subject, _ in slips.check_connection()]
        self.assertEqual(findings, [(True, "credentials"), (False, "field colour")])
        slips, _ = answering((401, {"error": "who are you?"}))
        self.assertFalse(slips.check_connection()[0][0])

    def test_a_field_that_is_filled_in_anyway_is_found_in_the_settings(self):
        self.assertEqual(check(SETTINGS), [])
        self.assertEqual(check({"url": "x", "fields": {"mark": "x"}})[0][0], "/fields/mark")
