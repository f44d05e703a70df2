import json
from pathlib import Path
from types import SimpleNamespace
from unittest import TestCase

from page import PageBuilder, rows_of
from policy import check, decide

SETTINGS = json.loads((Path(__file__).parent.parent / "examples/settings.json").read_bytes())


def decision(**proposal):
    """The decision about a proposal with these columns."""
    page = PageBuilder()
    for value in proposal.values():
        page.cell([value])
    text, value_ends, cell_ends = page.finish()
    packed = SimpleNamespace(text=text, value_ends=value_ends, cell_ends=cell_ends)
    (row,) = rows_of(SimpleNamespace(columns=list(proposal), rows=packed))
    return decide(row, SETTINGS)


def delete(now, before, accounts):
    counts = {"deletes-24h": before, "disables-24h": "0", "accounts": accounts}
    counts = {f"count.{name}": count for name, count in counts.items()}
    return decision(operation="delete", now=now, **counts)


class Policy(TestCase):
    def test_outside_office_hours_an_account_waits_for_the_next_working_day(self):
        for now, opening in [
            ("2026-03-06T07:00:00Z", None),
            ("2026-03-06T15:59:59Z", None),
            ("2026-03-06T06:59:59Z", "2026-03-06T07:00:00Z"),
            # From Friday to Monday, and from the last day of a month to the next one.
            ("2026-03-06T16:00:00Z", "2026-03-09T07:00:00Z"),
            ("2026-03-07T03:00:00Z", "2026-03-09T07:00:00Z"),
            ("2026-03-31T23:00:00+02:00", "2026-04-01T07:00:00Z"),
        ]:
            with self.subTest(now):
                delayed = [("delay-until", opening)] if opening else []
                self.assertEqual(delete(now, "0", "250").obligations, delayed)
        self.assertEqual(delete("today", "0", "250").code, "no-time")

    def test_too_many_leavers_wait_for_a_person(self):
        now = "2026-03-06T10:00:00Z"
        self.assertEqual(delete(now, "11", "250").verdict, "allow")
        self.assertEqual(delete(now, "12", "250").code, "many-leavers")
        self.assertEqual(delete(now, "2", "10").verdict, "allow")
        self.assertEqual(delete(now, "3", "10").code, "many-leavers")
        self.assertEqual(delete(now, "many", "250").code, "no-count")

    def test_a_sensitive_account_is_looked_after_by_another(self):
        found = decision(operation="create", **{"identity.department": "Board"})
        self.assertEqual(found.verdict, "allow")
        names = [name for name, _ in found.obligations]
        self.assertEqual(names, ["route", "require-note", "by-another"])
        found = decision(operation="create", **{"identity.department": "Sales"})
        self.assertEqual(found.verdict, "not-applicable")

    def test_an_office_that_closes_before_it_opens_is_found_in_the_settings(self):
        self.assertEqual(check(SETTINGS), [])
        self.assertEqual(check(SETTINGS | {"closes": "06:00"})[0][0], "/closes")
