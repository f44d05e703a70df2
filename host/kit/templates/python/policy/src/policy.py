"""Protects some accounts, and slows down deleting."""

from decision import Decision, allow, deny, hold, priority
from page import Row

#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "my-component",
    "version": "0.1.0",
    "summary": "Protects some accounts, and slows down deleting.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["protected", "deletes-a-day"],
        "properties": {
            "protected": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Accounts that are never deleted.",
            },
            "deletes-a-day": {
                "type": "integer",
                "minimum": 0,
                "description": "So many accounts may be deleted in 24 hours before somebody has to look.",
            },
        },
    },
    "origins": [],
}


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    return [
        (f"/protected/{place}", "no account is called so")
        for place, account in enumerate(settings["protected"])
        if account == ""
    ]


def decide(proposal: Row, settings: dict) -> Decision:
    """Decides about one operation for itself.

    Nothing is remembered: counters and the time come with the proposal (wit/decisions.wit lists what
    it has). When this fails, in whatever way, the operation is held for a person.
    """
    operation = proposal.first("operation")
    if operation == "create":
        return allow(priority("high"))
    if operation != "delete":
        return allow()
    if proposal.first("account") in settings["protected"]:
        return deny("protected", "this account must stay")
    deletes = proposal.first("count.deletes-24h") or ""
    if not deletes.isdecimal():
        return hold("no-count", "nobody says how many accounts were deleted today")
    if int(deletes) >= settings["deletes-a-day"]:
        return hold("many-deletes", "so many deletes in one day need a second look")
    return allow()
