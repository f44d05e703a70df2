"""Tickets in plain values; component.py turns them into those of the contract (wit/tickets.wit)."""

from dataclasses import dataclass, field


@dataclass
class Traits:
    """How the system behaves; see `traits`."""

    #: How many tickets one question may be about.
    batch: int
    #: For so many seconds a new ticket may not be found.
    search_lag: int = 0
    comments: bool = False
    withdraws: bool = False
    receives: bool = False


@dataclass
class Draft:
    """A ticket to be made; see `draft`, and document.py for the description."""

    correlation_id: str
    title: str
    description: list[tuple]
    #: low, normal, high or urgent.
    priority: str = "normal"
    #: By when it should be done (RFC 3339).
    due: str | None = None
    #: The number of the ticket whose work turned out not to be done.
    follow_up_of: str | None = None
    facts: dict[str, str] = field(default_factory=dict)


@dataclass
class Ticket:
    """A ticket that exists; see `ticket`."""

    reference: str
    number: str
    url: str | None = None


@dataclass
class Progress:
    """Where a ticket stands; see `progress`."""

    status: str
    #: open, in-progress, done, refused, cancelled or unknown.
    meaning: str
    resolution: str | None = None
    updated_at: str | None = None
    closed_at: str | None = None
    assignee: str | None = None
    note: str | None = None


@dataclass
class Hint:
    """Which ticket a message is about; see `hint`."""

    reference: str | None = None
    number: str | None = None
    correlation_id: str | None = None
