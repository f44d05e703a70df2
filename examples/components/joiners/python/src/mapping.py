"""Accounts for people who join: a short login of plain letters that nobody else has, groups by
department, and an end for those who come from outside."""

import re
import unicodedata

from account import Account
from page import Row

GROUPS = {"type": "array", "items": {"type": "string", "minLength": 1}}

#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "joiners",
    "version": "0.1.0",
    "summary": "Gives everybody who joins a login, groups by department, and an end.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["longest-login", "groups"],
        "properties": {
            "longest-login": {
                "type": "integer",
                "minimum": 4,
                "maximum": 64,
                "description": "How many characters the application takes as a login.",
            },
            "everybody": GROUPS | {"description": "The groups that everybody is in."},
            "groups": {
                "type": "object",
                "additionalProperties": GROUPS,
                "description": "For each department the groups that its people are in.",
            },
        },
    },
    "origins": [],
}

#: All attributes that this mapping looks after.
ATTRIBUTES = ["login", "name", "mail", "groups", "valid-until"]

#: Letters that are no accented form of a plain one.
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)

NOT_PLAIN = re.compile("[^a-z0-9]")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    everybody = set(settings.get("everybody", []))
    return [
        (f"/groups/{pointer(department)}", "everybody is in one of these groups already")
        for department, groups in settings["groups"].items()
        if not everybody.isdisjoint(groups)
    ]


def pointer(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def map_identity(identity: Row, account: Account, settings: dict) -> None:
    """Maps one identity, and always the same one to the same account."""
    given, family = identity.first("given"), identity.first("family")
    if given is None or family is None:
        return account.fail("the identity needs `given` and `family`")
    stem = plain(given)[:1] + plain(family)
    if not stem:
        return account.fail("the name has no letters that a login could be made of")
    longest = settings["longest-login"]
    login = login_of(stem, int(identity.first("$iteration") or 0), longest)
    if login is None:
        return account.fail(f"no login of {longest} characters is free")
    account.set("login", login)
    account.set("name", f"{given} {family}")
    # Until the mail system has given an address, the account keeps what it has.
    mail = identity.first("mail")
    if mail is None:
        account.left_alone("mail")
    else:
        account.set("mail", mail)
    account.set_all("groups", groups_of(identity, account, settings))
    # A mistake in one attribute does not spoil the others.
    if identity.first("kind") == "external":
        day = identity.first("end-date") or ""
        if DAY.fullmatch(day):
            account.set("valid-until", day)
        else:
            message = "who comes from outside needs an `end-date` such as 2026-12-31"
            account.error("valid-until", message)


def login_of(stem: str, iteration: int, longest: int) -> str | None:
    """The beginning of a login.

    When that belongs to another account, the host asks with the next iteration: then a number takes the
    place of the last letters.
    """
    number = str(iteration + 1) if iteration else ""
    room = longest - len(number)
    # A login begins with a letter of the name.
    return stem[:room] + number if room > 0 else None


def plain(text: str) -> str:
    """The letters a to z and the digits of a text, without what stands above or below them."""
    return NOT_PLAIN.sub("", unicodedata.normalize("NFD", text.lower().translate(LETTERS)))


def groups_of(identity: Row, account: Account, settings: dict) -> list[str]:
    """The groups of everybody and of all departments, each once."""
    found = dict.fromkeys(settings.get("everybody", []))
    for department in identity.values("department"):
        groups = settings["groups"].get(department)
        if groups is None:
            account.warn("groups", f"the settings have no groups for {department}")
        else:
            found |= dict.fromkeys(groups)
    return list(found)
