"""Reads accounts from records of fixed width, as large machines print them.

The first character of a line says what it is: the head with the time of the export, an account, or the
trailer with the number of accounts. Where each attribute stands, the settings say.

    H2026-03-06T22:00:00Z
    AATURNER Ann Turner              STAFF   NIGHT                     A
    T0000001
"""

import re
from dataclasses import dataclass

from batch import Batch
from export import Shape, Summary
from failed import Failed
from lines import Lines


def place(minimum: int, description: str) -> dict:
    """The schema of a place in a record, counted from 1."""
    return {"type": "integer", "minimum": minimum, "maximum": 10000, "description": description}


#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "fixed-width",
    "version": "0.1.0",
    "summary": "Reads accounts from records of fixed width.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["columns"],
        "properties": {
            "columns": {
                "type": "array",
                "minItems": 1,
                "maxItems": 200,
                "description": "Where each attribute stands in the record of an account; "
                "the first one identifies it.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name", "from", "to"],
                    "properties": {
                        "name": {
                            "type": "string",
                            "minLength": 1,
                            "description": "The name of the attribute.",
                        },
                        "from": place(
                            2,
                            "Its first character, counted from 1. "
                            "The first of the record says what it is.",
                        ),
                        "to": place(2, "Its last character."),
                        "each": place(
                            1, "How many characters each value has, where there are several."
                        ),
                    },
                },
            }
        },
    },
    "origins": [],
}

HEAD = re.compile(r"H([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)")
TRAILER = re.compile(r"T([0-9]{1,15})")


@dataclass
class Column:
    """Where an attribute stands."""

    name: str
    #: Its first and last character, counted from 1.
    first: int
    last: int
    #: How many characters each of several values has.
    each: int | None

    @property
    def width(self) -> int:
        return max(0, self.last + 1 - self.first)

    def values(self, record: str) -> list[str]:
        """Its values in a record, without the spaces around each."""
        if self.each is None:
            value = record[self.first - 1 : self.last].strip(" ")
            return [value] if value else []
        places = range(self.first - 1, self.last, self.each)
        values = (record[at : at + self.each].strip(" ") for at in places)
        return [value for value in values if value]


def columns_of(settings: dict) -> list[Column]:
    return [
        Column(column["name"], column["from"], column["to"], column.get("each"))
        for column in settings["columns"]
    ]


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    problems = []
    names = set()
    for place, column in enumerate(columns_of(settings)):
        path = f"/columns/{place}"
        if column.name in names:
            problems.append((f"{path}/name", "another column has this name"))
        names.add(column.name)
        if column.width == 0:
            problems.append((f"{path}/to", "the column ends before it begins"))
        if column.each and place == 0:
            problems.append((f"{path}/each", "an account has one identifier"))
        elif column.each and column.width % column.each:
            problems.append((f"{path}/each", "the column cannot be divided so"))
    return problems


class Accounts:
    """One pass over an export."""

    def __init__(self, settings: dict, lines: Lines):
        self._columns = columns_of(settings)
        self._width = max(column.last for column in self._columns)
        self._lines = lines
        self._rows = 0
        self._rejected = 0
        self._exported_at: str | None = None
        #: How many accounts the export says it has, once its trailer was read.
        self._declared: int | None = None
        self._head()

    def shape(self) -> Shape:
        """What the rows look like."""
        columns = [(column.name, column.each is not None) for column in self._columns]
        return Shape(columns, identifier=self._columns[0].name)

    def next(self, max_rows: int, batch: Batch) -> bool:
        """Gives the next rows, at most so many; `False` when there are none."""
        taken = 0
        while taken < max_rows:
            line = self._lines.next()
            if line is None:
                return taken > 0
            if not line:
                continue
            if self._declared is not None:
                raise self._malformed("something follows the trailer")
            if line[0] == "A":
                self._account(line, batch)
                taken += 1
            elif line[0] == "T":
                self._trailer(line)
            else:
                raise self._malformed("a line must begin with A or T")
        return True

    def summary(self) -> Summary:
        """What is known at the end. An export without its trailer was cut off."""
        complete = self._declared is not None
        return Summary(self._rows, self._rejected, complete, self._declared, self._exported_at)

    def _head(self) -> None:
        """Reads the head. Without any line there is none, and the export is not complete."""
        line = self._lines.next()
        if line is None:
            return
        head = HEAD.fullmatch(line)
        if head is None:
            raise self._malformed("the first line must be H and a time: H2026-03-06T22:00:00Z")
        self._exported_at = head[1]

    def _trailer(self, line: str) -> None:
        trailer = TRAILER.fullmatch(line)
        if trailer is None:
            raise self._malformed("the trailer must be T and the number of accounts: T0000004")
        self._declared = int(trailer[1])

    def _account(self, line: str, batch: Batch) -> None:
        identifier = next(iter(self._columns[0].values(line)), None)
        if identifier is None:
            self._reject(batch, None, "the account has no identifier")
        elif len(line) != self._width:
            # A shifted or broken record would give its attributes each other's values.
            fault = f"the record has {len(line)} characters in place of {self._width}"
            self._reject(batch, identifier, fault)
        else:
            self._rows += 1
            batch.row(self._lines.position, [column.values(line) for column in self._columns])

    def _reject(self, batch: Batch, identifier: str | None, fault: str) -> None:
        self._rejected += 1
        batch.reject(self._lines.position, identifier, fault)

    def _malformed(self, message: str) -> Failed:
        return Failed("malformed", message, position=self._lines.position)
