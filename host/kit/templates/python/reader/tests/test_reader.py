from pathlib import Path
from types import SimpleNamespace
from unittest import TestCase

from batch import Batch
from failed import Failed
from lines import Lines
from page import rows_of
from reader import COLUMNS, Accounts, check

EXAMPLE = (Path(__file__).parent.parent / "examples" / "accounts.txt").read_bytes()


def read(data, max_rows=100):
    """All that is in an export: rows, their positions, rejected rows, and the summary."""
    pieces = iter([data])
    accounts = Accounts({"separator": ","}, Lines(lambda: next(pieces, b"")))
    rows, positions, rejected = [], [], []
    while accounts.next(max_rows, batch := Batch()):
        text, value_ends, cell_ends = batch.page.finish()
        packed = SimpleNamespace(text=text, value_ends=value_ends, cell_ends=cell_ends)
        table = SimpleNamespace(columns=COLUMNS, rows=packed)
        rows += [[row.values(name) for name in COLUMNS] for row in rows_of(table)]
        positions += batch.positions
        rejected += batch.rejected
    return rows, positions, rejected, accounts.summary()


class Reader(TestCase):
    def test_a_block_is_an_account(self):
        rows, positions, rejected, summary = read(EXAMPLE)
        self.assertEqual(rows[0], [["ann"], ["Ann Turner"], ["staff", "night"]])
        self.assertEqual(positions, [1, 5, 10])
        self.assertEqual(rejected, [(8, None, "the account has no login")])
        self.assertEqual((summary.rows, summary.rejected), (3, 1))
        self.assertEqual((summary.complete, summary.declared_rows), (True, 4))

    def test_it_does_not_matter_how_many_rows_are_asked_for_at_once(self):
        for max_rows in range(1, 5):
            self.assertEqual(read(EXAMPLE, max_rows), read(EXAMPLE))

    def test_an_export_that_is_cut_off_is_never_complete(self):
        for cut in range(len(EXAMPLE) - len(b"4\n")):
            try:
                self.assertFalse(read(EXAMPLE[:cut])[3].complete)
            except Failed as failed:
                self.assertGreater(failed.position, 0)

    def test_an_account_that_ends_in_the_middle_takes_nothing_of_the_next_one(self):
        rows, positions, rejected, _ = read(b"login: eve\nname: E\n" + EXAMPLE)
        fault = "the account ends in the middle: another one follows"
        self.assertEqual(rejected[0], (1, "eve", fault))
        self.assertEqual((rows, positions[0]), (read(EXAMPLE)[0], 3))

    def test_an_account_with_two_names_is_rejected_under_its_login(self):
        _, _, rejected, _ = read(b"login: ann\nname: A\nname: B\n\nend: 1\n")
        self.assertEqual(rejected[0][1], "ann")

    def test_a_separator_of_spaces_is_found_in_the_settings(self):
        self.assertEqual(check({}), [])
        self.assertEqual(check({"separator": " "})[0][0], "/separator")
