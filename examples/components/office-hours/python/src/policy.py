"""Care for leavers and for sensitive departments.

Accounts are taken away while somebody is there who could help, and not too many of them in a day; what
happens to accounts of sensitive departments is done by one person for another.
"""

import re
from datetime import datetime, time, timedelta, timezone

from decision import Decision, allow, hold, not_applicable, route
from page import Row

TIME = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}

#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "office-hours",
    "version": "0.1.0",
    "summary": "Takes accounts away in office hours and not too many at once, and has others look "
    "after sensitive ones.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["opens", "closes", "leavers", "sensitive", "reviewers"],
        "properties": {
            "opens": TIME
            | {"description": "When the office opens, from Monday to Friday, in UTC."},
            "closes": TIME | {"description": "When it closes, in UTC."},
            "leavers": {
                "type": "object",
                "additionalProperties": False,
                "required": ["few", "percent"],
                "description": "How many accounts may be deleted or disabled in 24 hours before "
                "somebody has to look.",
                "properties": {
                    "few": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 1000000,
                        "description": "So many are never too many.",
                    },
                    "percent": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 100,
                        "description": "Beyond that, so many of a hundred accounts.",
                    },
                },
            },
            "sensitive": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "description": "Departments of whose people a second pair of eyes looks after "
                "the accounts.",
            },
            "reviewers": {
                "type": "string",
                "minLength": 1,
                "description": "The operators who get the cases of sensitive departments.",
            },
        },
    },
    "origins": [],
}

DAY = timedelta(days=1)
SATURDAY = 5

#: A time as the host gives it, without parts of a second.
MOMENT = re.compile(
    r"(2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    if settings["opens"] < settings["closes"]:
        return []
    return [("/closes", "the office closes before it opens")]


def decide(proposal: Row, settings: dict) -> Decision:
    """Decides about one operation for itself: counters and the time come with the proposal."""
    is_leaver = proposal.first("operation") in ("delete", "disable")
    decision = leaver(proposal, settings) if is_leaver else None
    departments = proposal.values("identity.department")
    if not any(department in settings["sensitive"] for department in departments):
        return decision or not_applicable()
    decision = decision or allow()
    watched = [route(settings["reviewers"]), ("require-note", None), ("by-another", None)]
    decision.obligations.extend(watched)
    return decision


def leaver(proposal: Row, settings: dict) -> Decision:
    """Whether an account may be taken away now."""
    counts = [
        proposal.first(f"count.{name}") or "" for name in ("deletes-24h", "disables-24h", "accounts")
    ]
    if not all(re.fullmatch("[0-9]{1,15}", count) for count in counts):
        return hold("no-count", "nobody says how many accounts went today")
    deletes, disables, accounts = map(int, counts)
    before = deletes + disables
    leavers = settings["leavers"]
    if before + 1 > leavers["few"] and (before + 1) * 100 > leavers["percent"] * accounts:
        reason = f"{before} of {accounts} accounts went in the last 24 hours"
        return hold("many-leavers", reason)
    now = moment(proposal.first("now") or "")
    if now is None:
        return hold("no-time", "nobody says what time it is")
    opens, closes = (time.fromisoformat(settings[name]) for name in ("opens", "closes"))
    opening = next_opening(now, opens, closes)
    if opening is None:
        return allow()
    return allow(("delay-until", opening.isoformat().replace("+00:00", "Z")))


def next_opening(now: datetime, opens: time, closes: time) -> datetime | None:
    """When the office opens next; `None` while it is open."""
    if now.weekday() < SATURDAY and opens <= now.time() < closes:
        return None
    day = now.date() if now.time() < opens else now.date() + DAY
    while day.weekday() >= SATURDAY:
        day += DAY
    return datetime.combine(day, opens, timezone.utc)


def moment(text: str) -> datetime | None:
    """The time that a text says, in UTC."""
    found = MOMENT.fullmatch(text)
    if found is None:
        return None
    try:
        said = datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00"))
        return said.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
