from collections.abc import Iterable

from page import PageBuilder


class Batch:
    """Takes some rows of an export."""

    def __init__(self):
        self.page = PageBuilder()
        #: For each row the line on which it begins.
        self.positions: list[int] = []
        #: What cannot be used: its line, its identifier or None, why.
        self.rejected: list[tuple[int, str | None, str]] = []

    def row(self, position: int, cells: Iterable[Iterable[str]]) -> None:
        """Adds a row: the line on which it begins, and for each column its values."""
        for values in cells:
            self.page.cell(values)
        self.positions.append(position)

    def reject(self, position: int, identifier: str | None, message: str) -> None:
        """Says of a row that it cannot be used, and why; its identifier, if that could be read."""
        self.rejected.append((position, identifier, message))
