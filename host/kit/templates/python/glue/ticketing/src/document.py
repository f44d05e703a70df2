"""Texts as a ticket system takes them: plain, and not too long.

A description is a list of blocks, each a pair of a name of `block` in wit/tickets.wit and its value.
A span is a pair of its text and its link or None; a table is its head and its rows.
"""

import re

CUT = "(Cut here: the system takes no more. The whole text is in Provisor.)"

#: What breaks lines or cannot be seen.
NOT_ONE_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")


def one_line(text: str) -> str:
    """One line: what breaks lines or cannot be seen becomes a space."""
    return NOT_ONE_LINE.sub(" ", text).strip()


def cut(text: str, most: int) -> str:
    """The text with at most so many characters; what was cut off shows as `…`."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(blocks: list[tuple], most: int) -> str:
    """A description as plain text with at most so many characters; if it was cut, it says so."""
    text = "\n\n".join(plain_block(*block) for block in blocks)
    return text if len(text) <= most else f"{cut(text, most - len(CUT) - 2)}\n\n{CUT}"


def plain_block(name: str, value) -> str:
    match name:
        case "heading":
            return one_line(value).upper()
        case "paragraph":
            return plain_spans(value)
        case "bullets":
            return "\n".join(f"* {one_line(plain_spans(item))}" for item in value)
        case "steps":
            items = enumerate(value, start=1)
            return "\n".join(f"{number}. {one_line(plain_spans(item))}" for number, item in items)
        case "table":
            head, rows = value
            return "\n".join(" | ".join(map(one_line, row)) for row in [head, *rows])


def plain_spans(spans: list[tuple[str, str | None]]) -> str:
    return "".join(f"{text} ({link})" if link and link != text else text for text, link in spans)
