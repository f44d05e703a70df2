"""Decisions in plain values; component.py turns them into those of the contract.

An obligation (what must be heeded when the operation goes out) is a name of `obligation` in
wit/decisions.wit and its value.
"""

from dataclasses import dataclass, field


@dataclass
class Decision:
    """The answer to one proposal."""

    verdict: str
    code: str = ""
    reason: str = ""
    obligations: list[tuple[str, object]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def allow(*obligations: tuple[str, object]) -> Decision:
    """The operation may go out."""
    return Decision("allow", obligations=list(obligations))


def deny(code: str, reason: str) -> Decision:
    """It must not go out. The code is short and stable, for machines; the reason is for a person."""
    return Decision("deny", code, reason)


def hold(code: str, reason: str) -> Decision:
    """It waits until a person has released it."""
    return Decision("hold", code, reason)


def not_applicable() -> Decision:
    """This policy has no opinion."""
    return Decision("not-applicable")


def priority(level: str) -> tuple[str, object]:
    """The case has this priority: low, normal, high or urgent."""
    return ("priority", level)


def due_in(seconds: int) -> tuple[str, object]:
    """The case is due so many seconds after it was opened."""
    return ("due-in", seconds)


def route(operators: str) -> tuple[str, object]:
    """These operators get the case."""
    return ("route", operators)
