"""Rows in and out of pages, the shape in which many records cross the border.

All values stand one behind the other in one text, and two lists say where each of them ends, in bytes
of UTF-8 (see `page` in wit/types.wit). Bytes and characters differ only where a text is not ASCII.
"""

import re
from collections.abc import Iterable
from itertools import accumulate, pairwise

LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Row:
    """One row: a cell for each column, with no, one or several values."""

    def __init__(self, places: dict[str, int], index: int, values: list[str], ends: list[int]):
        self._places = places
        self._start = index * len(places)
        self._values = values
        self._ends = ends

    def values(self, column: str) -> list[str]:
        """All values in the cell of a column; none where there is no such column."""
        place = self._places.get(column)
        if place is None:
            return []
        cell = self._start + place
        return self._values[self._ends[cell - 1] if cell else 0 : self._ends[cell]]

    def first(self, column: str) -> str | None:
        """The first value in the cell of a column, if there is one."""
        return next(iter(self.values(column)), None)

    def columns(self) -> list[str]:
        """The names of all columns."""
        return list(self._places)


def rows_of(table) -> list[Row]:
    """The rows of a `table` of the contract."""
    page = table.rows
    places = {name: place for place, name in enumerate(table.columns)}
    values = _split(page.text, page.value_ends)
    count = len(page.cell_ends) // len(places) if places else 0
    return [Row(places, index, values, page.cell_ends) for index in range(count)]


class PageBuilder:
    """Takes cells in the order of their columns, row by row, and packs them into a page."""

    def __init__(self):
        self._values: list[str] = []
        self._cell_ends: list[int] = []

    def cell(self, values: Iterable[str]) -> None:
        """Adds a cell with these values."""
        self._values.extend(values)
        self._cell_ends.append(len(self._values))

    def finish(self) -> tuple[str, list[int], list[int]]:
        """The fields of the `page` of the contract with all cells."""
        text = "".join(self._values)
        if text.isascii():
            lengths = map(len, self._values)
        else:
            values = [LONE_SURROGATE.sub("\ufffd", value) for value in self._values]
            text = "".join(values)
            lengths = (len(value.encode()) for value in values)
        return text, list(accumulate(lengths)), self._cell_ends


def _split(text: str, ends: list[int]) -> list[str]:
    bounds = pairwise([0, *ends])
    if text.isascii():
        return [text[begin:end] for begin, end in bounds]
    data = text.encode()
    return [data[begin:end].decode() for begin, end in bounds]
