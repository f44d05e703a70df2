"""What there is to say about an export as a whole; reading.py turns it into that of the contract."""

from dataclasses import dataclass, field


@dataclass
class Shape:
    """What the rows look like; see `shape` in wit/reading.wit."""

    #: The names, and whether a cell may hold several values.
    columns: list[tuple[str, bool]]
    #: The column that identifies a row.
    identifier: str
    #: Attributes that the settings ask for and this export does not have.
    absent: list[str] = field(default_factory=list)


@dataclass
class Summary:
    """What is known once everything has been read; see `summary` in wit/reading.wit."""

    rows: int
    rejected: int
    complete: bool
    #: How many rows the export itself says it has.
    declared_rows: int | None = None
    #: When the export says it was made (RFC 3339).
    exported_at: str | None = None
