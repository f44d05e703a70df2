"""Keeps tickets as slips, each on the desk of those who do the work.

Slips are an imaginary ticket system, which `provisor component run` and `conform` simulate. Trying again,
waiting, finding out what is twice: all of that the host does.
"""

from urllib.parse import quote

from document import cut, one_line, plain
from exchange import Answer, Send, ask
from failed import Failed
from ticket import Draft, Hint, Progress, Ticket, Traits

#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "desks",
    "version": "0.1.0",
    "summary": "Keeps tickets as slips on the desks of those who do the work.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["url", "otherwise"],
        "properties": {
            "url": {
                "type": "string",
                "pattern": "^https?://[^/]+$",
                "description": "Where the slips are.",
            },
            "desks": {
                "type": "array",
                "maxItems": 1000,
                "description": "Which desk gets a slip; the first rule that fits decides.",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["desk"],
                    "properties": {
                        "resource": {"type": "string", "description": "Only for this resource."},
                        "operation": {
                            "enum": ["create", "modify", "delete", "enable", "disable", "rename"],
                            "description": "Only for this operation.",
                        },
                        "desk": {"type": "string", "minLength": 1, "description": "The desk."},
                    },
                },
            },
            "otherwise": {
                "type": "string",
                "minLength": 1,
                "description": "The desk that gets what no rule fits.",
            },
        },
    },
    "origins": [],
}

#: The most that a slip takes, in characters, and the most slips of one list.
TITLE = 80
TEXT = 4000
LIST = 50

#: The fields that every slip gets.
OWN = ["mark", "title", "text", "urgent", "desk"]

#: What the states of slips mean. Any other one is unknown, and never means that it is done.
CLASSES = {
    "new": "open",
    "taken": "in-progress",
    "finished": "done",
    "turned down": "refused",
    "torn up": "cancelled",
}

#: What a rule of the settings may ask for.
CONDITIONS = ["resource", "operation"]


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    return [
        (f"/desks/{place}", "the rule fits everything; say that with `otherwise`")
        for place, rule in enumerate(settings.get("desks", []))
        if not any(name in rule for name in CONDITIONS)
    ]


class Ticketing:
    """The system, as the settings say where it is."""

    def __init__(self, settings: dict, send: Send):
        self._url = settings["url"]
        self._desks = settings.get("desks", [])
        self._otherwise = settings["otherwise"]
        self._send = send

    def behaviour(self) -> Traits:
        """How slips behave. Asks nobody."""
        return Traits(batch=LIST, comments=True, withdraws=True)

    def check_connection(self) -> list[tuple[bool, str, str]]:
        """What was found: whether it is good, what was looked at, and what to do about it."""
        answer = self._ask("GET", "/needs")
        if answer.status in (401, 403):
            message = f"they are refused ({answer.said()}); check the grant of the configuration"
            return [(False, "credentials", message)]
        needs = answer.expect(lambda json: isinstance(json.get("needs"), list))["needs"]
        missing = [name for name in needs if name not in OWN]
        message = "slips need it, and this component does not fill it in"
        return [
            (True, "credentials", "they are accepted"),
            *((False, f"field {name}", message) for name in missing),
        ]

    def create(self, draft: Draft) -> Ticket:
        """Makes a slip."""
        slip = {
            "mark": draft.correlation_id,
            "title": cut(one_line(draft.title), TITLE),
            "text": plain(draft.description, TEXT),
            "urgent": draft.priority in ("high", "urgent"),
            "desk": self._desk(draft.facts),
        }
        if draft.due:
            slip["due"] = draft.due
        if draft.follow_up_of:
            slip["follows"] = draft.follow_up_of
        return self._ticket(self._ask("POST", "/slips", slip).expect(is_slip))

    def find(self, correlation_id: str) -> list[Ticket]:
        """The slips with this mark. The search is loose: what it finds is compared."""
        slips = self._list("mark", correlation_id)
        return [self._ticket(slip) for slip in slips if slip.get("mark") == correlation_id]

    def status(self, references: list[str]) -> list[Progress | Failed | str]:
        """How each of them stands; or why that cannot be said; or `gone` or `forbidden`."""
        slips = {str(slip["id"]): slip for slip in self._list("ids", ",".join(references))}
        return [progress(slips[id]) if id in slips else self._alone(id) for id in references]

    def comment(self, reference: str, text: list[tuple]) -> None:
        """Adds a note."""
        note = {"text": plain(text, TEXT)}
        self._ask("POST", f"/slips/{quote(reference, safe='')}/notes", note).expect(is_slip)

    def withdraw(self, reference: str, reason: str) -> str | None:
        """Tears a slip up; says why if that is not possible any more."""
        change = {"state": "torn up", "note": cut(one_line(reason), TEXT)}
        answer = self._ask("PATCH", f"/slips/{quote(reference, safe='')}", change)
        if answer.status == 409 and answer.said():
            return answer.said()
        answer.expect(is_slip)
        return None

    def receive(self, headers: list[tuple[str, str]], body: bytes) -> list[Hint]:
        """Which tickets a message is about."""
        raise Failed("unsupported", "slips send no messages")

    def _ask(self, method: str, path: str, content: dict | None = None) -> Answer:
        return ask(self._send, method, self._url + path, content)

    def _list(self, name: str, value: str) -> list[dict]:
        """The slips for which a parameter holds."""
        answer = self._ask("GET", f"/slips?{name}={quote(value, safe='')}")
        return answer.expect(is_list)["slips"]

    def _alone(self, id: str) -> Progress | Failed | str:
        """What is behind a reference that the list did not show."""
        try:
            answer = self._ask("GET", f"/slips/{quote(id, safe='')}")
            # What is not told in the way of the system is not its answer.
            if answer.status == 403 and answer.said():
                return "forbidden"
            if answer.status == 410 and answer.said():
                return "gone"
            return progress(answer.expect(is_slip))
        except Failed as failed:
            return failed

    def _desk(self, facts: dict[str, str]) -> str:
        """The desk of the first rule that fits."""
        for rule in self._desks:
            if all(facts.get(name) == rule[name] for name in CONDITIONS if name in rule):
                return rule["desk"]
        return self._otherwise

    def _ticket(self, slip: dict) -> Ticket:
        return Ticket(str(slip["id"]), f"S-{slip['id']}", f"{self._url}/slips/{slip['id']}")


def is_slip(json) -> bool:
    return isinstance(json, dict) and type(json.get("id")) is int


def is_list(json: dict) -> bool:
    return isinstance(json.get("slips"), list) and all(map(is_slip, json["slips"]))


def progress(slip: dict) -> Progress:
    def text(name: str) -> str | None:
        value = slip.get(name)
        return value if isinstance(value, str) and value else None

    status = text("state") or ""
    return Progress(
        status,
        CLASSES.get(status, "unknown"),
        updated_at=text("changed"),
        closed_at=text("closed"),
        assignee=text("who"),
        note=text("note"),
    )
