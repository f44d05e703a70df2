import json
from pathlib import Path
from types import SimpleNamespace
from unittest import TestCase

from account import Account
from mapping import ATTRIBUTES, check, map_identity
from page import PageBuilder, rows_of

SETTINGS = json.loads((Path(__file__).parent.parent / "examples/settings.json").read_bytes())


def account_of(**identity):
    """The account of an identity as a dictionary of lists, and what there is to say about it."""
    page = PageBuilder()
    for value in identity.values():
        page.cell([value] if isinstance(value, str) else value)
    text, value_ends, cell_ends = page.finish()
    packed = SimpleNamespace(text=text, value_ends=value_ends, cell_ends=cell_ends)
    (row,) = rows_of(SimpleNamespace(columns=list(identity), rows=packed))
    account = Account(ATTRIBUTES)
    map_identity(row, account, SETTINGS)
    cells = dict(zip(ATTRIBUTES, account.cells()))
    return cells, [(kind, attribute) for kind, attribute, _ in account.remarks]


def login_of(given, family, iteration="0"):
    cells, _ = account_of(given=given, family=family, **{"$iteration": iteration})
    return cells["login"][0] if cells["login"] else None


class Mapping(TestCase):
    def test_a_login_has_plain_letters(self):
        self.assertEqual(login_of("Željka", "Łukasiewicz"), "zlukasie")
        self.assertEqual(login_of("Søren", "Großmann"), "sgrossma")
        self.assertEqual(login_of("Ann", "O'Neill"), "aoneill")
        self.assertIsNone(login_of("李", "明"))

    def test_a_login_that_is_taken_gets_a_number_and_is_not_longer(self):
        self.assertEqual(login_of("Ann", "Turner", "1"), "aturner2")
        self.assertEqual(login_of("Ann", "Turner-Bell", "1"), "aturner2")
        self.assertEqual(login_of("Ann", "Turner-Bell", "99"), "aturn100")
        self.assertIsNone(login_of("Ann", "Turner-Bell", "99999999"))

    def test_departments_make_groups_each_once(self):
        ann = {"given": "Ann", "family": "Turner"}
        cells, _ = account_of(**ann, department=["Finance", "Sales"])
        self.assertEqual(cells["groups"], ["intranet", "ledger", "reports", "offers"])
        cells, remarks = account_of(**ann, department="Research")
        self.assertEqual(cells["groups"], ["intranet"])
        self.assertIn(("warning", "groups"), remarks)

    def test_an_external_without_end_has_everything_else(self):
        bo = {"given": "Bo", "family": "Li", "kind": "external", "end-date": "next year"}
        cells, remarks = account_of(**bo)
        self.assertEqual(cells["login"], ["bli"])
        self.assertEqual(remarks, [("left-alone", "mail"), ("error", "valid-until")])

    def test_a_group_of_everybody_is_no_group_of_a_department(self):
        self.assertEqual(check(SETTINGS), [])
        found = check({"everybody": ["a"], "groups": {"R/D": ["a"]}})
        self.assertEqual(found[0][0], "/groups/R~1D")
