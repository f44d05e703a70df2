from types import SimpleNamespace
from unittest import TestCase

from page import PageBuilder, rows_of


def packed(rows):
    page = PageBuilder()
    for row in rows:
        for cell in row:
            page.cell(cell)
    return page.finish()


def table(columns, rows):
    """A table as the host gives it: what the builder has packed."""
    text, value_ends, cell_ends = packed(rows)
    page = SimpleNamespace(text=text, value_ends=value_ends, cell_ends=cell_ends)
    return SimpleNamespace(columns=columns, rows=page)


def cells(table):
    return [[row.values(name) for name in table.columns] for row in rows_of(table)]


class Pages(TestCase):
    def test_a_page_is_packed_as_the_contract_says(self):
        self.assertEqual(
            packed([[["ann"], []], [["bob"], ["b@x", "bob@x"]]]),
            ("annbobb@xbob@x", [3, 6, 9, 14], [1, 1, 2, 4]),
        )

    def test_offsets_count_bytes_of_utf8_whatever_the_text(self):
        _, value_ends, _ = packed([[["é"]], [["€", ""]], [["😀a"]]])
        self.assertEqual(value_ends, [2, 5, 5, 10])

    def test_what_was_packed_comes_out_again(self):
        rows = [
            [["Zoë", "plain"], []],
            [["", "😀", "e\u0301"], ["\0"]],
            [[], ["中文字", "a" * 300, "ÿ"]],
        ]
        self.assertEqual(cells(table(["a", "b"], rows)), rows)

    def test_half_a_character_is_replaced_since_the_contract_cannot_carry_it(self):
        self.assertEqual(cells(table(["a"], [[["x\ud800", "\udc00"]]])), [[["x\ufffd", "\ufffd"]]])

    def test_a_row_knows_its_columns_and_has_nothing_in_those_that_are_not_there(self):
        (row,) = rows_of(table(["a", "b"], [[["1", "2"], []]]))
        self.assertEqual(row.columns(), ["a", "b"])
        self.assertEqual(row.first("a"), "1")
        self.assertIsNone(row.first("b"))
        self.assertEqual(row.values("c"), [])

    def test_an_empty_page_has_no_rows(self):
        self.assertEqual(rows_of(table(["a"], [])), [])
        self.assertEqual(rows_of(table([], [])), [])
