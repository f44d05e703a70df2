from types import SimpleNamespace
from unittest import TestCase

from account import Account
from mapping import ATTRIBUTES, check, map_identity
from page import PageBuilder, rows_of

SETTINGS = {"mail-domain": "example.org"}


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


class Mapping(TestCase):
    def test_an_account_has_what_can_be_made_of_a_name(self):
        cells, remarks = account_of(given="Ann", family="O'Neill", team=["Night", "Support"])
        expected = {
            "login": ["aoneill"],
            "name": ["Ann O'Neill"],
            "mail": ["aoneill@example.org"],
            "groups": ["night", "support"],
        }
        self.assertEqual((cells, remarks), (expected, []))

    def test_a_login_that_is_taken_gets_a_number(self):
        cells, _ = account_of(given="Ann", family="Turner", **{"$iteration": "1"})
        self.assertEqual(cells["login"], ["aturner1"])
        self.assertEqual(cells["mail"], ["aturner1@example.org"])
        cells, _ = account_of(given="Ann", family="t" * 30, **{"$iteration": "12"})
        self.assertEqual(cells["login"], ["a" + "t" * 17 + "12"])

    def test_a_mail_address_that_cannot_be_made_spoils_nothing_else(self):
        cells, remarks = account_of(given="Željka", family="Novák")
        self.assertEqual((cells["login"], cells["mail"]), (["žnovák"], []))
        self.assertEqual(remarks, [("error", "mail")])

    def test_without_a_name_there_is_no_account(self):
        for identity in [{"given": "Bo"}, {"given": "!", "family": "?"}]:
            self.assertEqual(account_of(**identity)[1], [("error", None)])

    def test_a_domain_is_written_without_the_at_sign(self):
        self.assertEqual(check(SETTINGS), [])
        self.assertEqual(check({"mail-domain": "@example.org"})[0][0], "/mail-domain")
