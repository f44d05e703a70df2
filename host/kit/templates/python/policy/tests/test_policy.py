from types import SimpleNamespace
from unittest import TestCase

from page import PageBuilder, rows_of
from policy import check, decide

SETTINGS = {"protected": ["root"], "deletes-a-day": 5}


def decision(**proposal):
    """The decision about a proposal with these columns."""
    page = PageBuilder()
    for value in proposal.values():
        page.cell([value])
    text, value_ends, cell_ends = page.finish()
    packed = SimpleNamespace(text=text, value_ends=value_ends, cell_ends=cell_ends)
    (row,) = rows_of(SimpleNamespace(columns=list(proposal), rows=packed))
    return decide(row, SETTINGS)


def delete(account, **more):
    return decision(operation="delete", account=account, **more)


class Policy(TestCase):
    def test_a_protected_account_stays(self):
        found = delete("root", **{"count.deletes-24h": "0"})
        self.assertEqual((found.verdict, found.code), ("deny", "protected"))

    def test_many_deletes_in_one_day_wait_for_a_person(self):
        self.assertEqual(delete("ann", **{"count.deletes-24h": "4"}).verdict, "allow")
        self.assertEqual(delete("ann", **{"count.deletes-24h": "5"}).code, "many-deletes")
        self.assertEqual(delete("ann").code, "no-count")
        self.assertEqual(delete("ann", **{"count.deletes-24h": "many"}).code, "no-count")

    def test_a_new_account_is_more_urgent_than_a_change(self):
        self.assertEqual(decision(operation="create").obligations, [("priority", "high")])
        self.assertEqual(decision(operation="modify").obligations, [])

    def test_an_account_without_name_is_found_in_the_settings(self):
        self.assertEqual(check(SETTINGS), [])
        self.assertEqual(check({"protected": ["root", ""]})[0][0], "/protected/1")
