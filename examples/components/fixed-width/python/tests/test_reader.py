import json
from pathlib import Path
from types import SimpleNamespace
from unittest import TestCase

from batch import Batch
from failed import Failed
from lines import Lines
from page import rows_of
from reader import Accounts, check

EXAMPLES = Path(__file__).parent.parent / "examples"
SETTINGS = json.loads((EXAMPLES / "settings.json").read_bytes())
ACCOUNTS = (EXAMPLES / "accounts.txt").read_bytes()


def read(data: bytes):
    """All rows of an export, what was rejected, and the summary."""
    pieces = iter([data])
    accounts = Accounts(SETTINGS, Lines(lambda: next(pieces, b"")))
    batch = Batch()
    while accounts.next(100, batch):
        pass
    text, value_ends, cell_ends = batch.page.finish()
    packed = SimpleNamespace(text=text, value_ends=value_ends, cell_ends=cell_ends)
    columns = [name for name, _ in accounts.shape().columns]
    return rows_of(SimpleNamespace(columns=columns, rows=packed)), batch, accounts.summary()


class Reader(TestCase):
    def test_attributes_stand_where_the_settings_say(self):
        rows, batch, summary = read(ACCOUNTS)
        self.assertEqual(rows[1].values("groups"), ["STAFF", "LEDGER", "AUDIT"])
        # Characters are counted, not bytes.
        self.assertEqual(rows[3].values("name"), ["Fox 🦊"])
        self.assertEqual(rows[3].values("until"), ["2027-06-30"])
        self.assertEqual(batch.positions, [2, 3, 4, 6])
        self.assertEqual(summary.declared_rows, 6)
        self.assertEqual(summary.exported_at, "2026-03-06T22:00:00Z")

    def test_a_record_of_another_length_is_rejected_under_its_identifier(self):
        _, batch, _ = read(ACCOUNTS)
        rejected = [(position, identifier) for position, identifier, _ in batch.rejected]
        self.assertEqual(rejected, [(5, None), (7, "CUT")])

    def test_an_export_that_is_cut_off_is_refused_or_not_complete(self):
        for cut in range(len(ACCOUNTS) - len("T0000006\n") + 1):
            try:
                _, _, summary = read(ACCOUNTS[:cut])
                self.assertFalse(summary.complete, cut)
            except Failed as failed:
                self.assertTrue(failed.position, failed.message)

    def test_columns_that_cannot_be_are_found_in_the_settings(self):
        columns = [
            {"name": "login", "from": 2, "to": 9, "each": 4},
            {"name": "groups", "from": 10, "to": 16, "each": 4},
            {"name": "groups", "from": 20, "to": 18},
        ]
        self.assertEqual(
            [path for path, _ in check({"columns": columns})],
            ["/columns/0/each", "/columns/1/each", "/columns/2/name", "/columns/2/to"],
        )
        self.assertEqual(check(SETTINGS), [])
