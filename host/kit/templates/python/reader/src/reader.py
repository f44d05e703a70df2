"""Reads accounts from blocks of lines.

A line is `name: value`, an empty line ends an account, and the last line says how many there are:

    login: ann
    groups: staff, night

    end: 1
"""

import re
from dataclasses import dataclass, field

from batch import Batch
from export import Shape, Summary
from failed import Failed
from lines import Lines

#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "my-component",
    "version": "0.1.0",
    "summary": "Reads accounts from blocks of lines.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "separator": {
                "type": "string",
                "minLength": 1,
                "default": ",",
                "description": "What stands between the groups of an account.",
            }
        },
    },
    "origins": [],
}

#: The columns; the first identifies an account. Lines with other names are not looked at.
COLUMNS = ["login", "name", "groups"]
IDENTIFIER = COLUMNS[0]

#: The column whose cells may hold several values.
SEVERAL = "groups"

NUMBER = re.compile("[0-9]{1,15}")


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    if not settings.get("separator", ",").strip():
        return [("/separator", "spaces are taken away around each group")]
    return []


@dataclass
class Block:
    """The lines of one account."""

    #: The line on which it begins, counted from 1.
    begin: int
    values: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    #: Whether another account follows before this one has ended.
    is_cut: bool = False


class Accounts:
    """One pass over an export."""

    def __init__(self, settings: dict, lines: Lines):
        self._separator = settings.get("separator", ",")
        self._lines = lines
        self._rows = 0
        self._rejected = 0
        #: The beginning of the next account, when that came before the one before it had ended.
        self._begun: Block | None = None
        #: How many accounts the export says it has, once its end was read.
        self._declared: int | None = None

    def shape(self) -> Shape:
        """What the rows look like."""
        return Shape([(name, name == SEVERAL) for name in COLUMNS], IDENTIFIER)

    def next(self, max_rows: int, batch: Batch) -> bool:
        """Gives the next rows, at most so many; `False` when there are none.

        Never guess: a row that cannot be used is rejected, with its identifier where that could be
        read, and then nothing is concluded about that account.
        """
        for taken in range(max_rows):
            block = self._block()
            if block is None:
                return taken > 0
            fault = fault_of(block)
            if fault:
                self._rejected += 1
                batch.reject(block.begin, next(filter(None, block.values[IDENTIFIER]), None), fault)
            else:
                self._rows += 1
                cells = [self._values(name, texts) for name, texts in block.values.items()]
                batch.row(block.begin, cells)
        return True

    def summary(self) -> Summary:
        """What is known at the end. An export without its last line was cut off."""
        complete = self._declared is not None
        return Summary(self._rows, self._rejected, complete, self._declared)

    def _block(self) -> Block | None:
        """The next account; `None` behind the last one. One that the input breaks off in is none."""
        block, self._begun = self._begun, None
        while (line := self._lines.next()) is not None:
            if not line:
                if block:
                    return block
                continue
            name, colon, value = line.partition(":")
            if not colon:
                raise self._malformed("a line must look like `name: value`")
            if self._declared is not None:
                raise self._malformed("something follows the end")
            if name == "end" and block is None:
                self._end(value.strip())
                continue
            if block is None:
                block = Block(self._lines.position)
            elif name == IDENTIFIER and block.values[name]:
                self._begun = Block(self._lines.position)
                self._begun.values[name].append(value.strip())
                block.is_cut = True
                return block
            if name in block.values:
                block.values[name].append(value.strip())
        return None

    def _end(self, value: str) -> None:
        if not NUMBER.fullmatch(value):
            raise self._malformed("`end` must say how many accounts there are")
        self._declared = int(value)

    def _values(self, name: str, texts: list[str]) -> list[str]:
        if name == SEVERAL:
            texts = [part.strip() for text in texts for part in text.split(self._separator)]
        return [text for text in texts if text]

    def _malformed(self, message: str) -> Failed:
        return Failed("malformed", message, position=self._lines.position)


def fault_of(block: Block) -> str | None:
    """What is wrong with an account, if anything is."""
    if not any(block.values[IDENTIFIER]):
        return "the account has no login"
    if block.is_cut:
        return "the account ends in the middle: another one follows"
    for name, texts in block.values.items():
        if name != SEVERAL and len(texts) > 1:
            return f"the account has {len(texts)} lines with its {name}"
    return None
