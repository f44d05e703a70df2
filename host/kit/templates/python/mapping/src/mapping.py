"""Gives everybody a login, a name, a mail address and groups."""

from account import Account
from page import Row

#: What this component says of itself, and a JSON Schema of what the configuration may say to it.
ABOUT = {
    "name": "my-component",
    "version": "0.1.0",
    "summary": "Gives everybody a login, a name, a mail address and groups.",
    "capabilities": [],
    "settings_schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["mail-domain"],
        "properties": {
            "mail-domain": {
                "type": "string",
                "minLength": 1,
                "description": "What stands behind the @ of a mail address.",
            }
        },
    },
    "origins": [],
}

#: All attributes that this mapping looks after.
ATTRIBUTES = ["login", "name", "mail", "groups"]

#: The longest login and the longest name, in characters.
LONGEST_LOGIN = 20
LONGEST_NAME = 200


def check(settings: dict) -> list[tuple[str, str]]:
    """What no schema can say: paths and messages. Asked when the configuration is loaded."""
    if "@" in settings["mail-domain"]:
        return [("/mail-domain", "leave out the @")]
    return []


def map_identity(identity: Row, account: Account, settings: dict) -> None:
    """Maps one identity, and always the same one to the same account.

    An attribute that is not mentioned has no value.
    """
    given, family = identity.first("given"), identity.first("family")
    if given is None or family is None:
        return account.fail("the identity needs `given` and `family`")
    name = f"{given} {family}"
    if len(name) > LONGEST_NAME:
        return account.fail(f"a name has at most {LONGEST_NAME} characters")
    login = login_of(given, family, int(identity.first("$iteration") or 0))
    if login is None:
        return account.fail("the name has no letters that a login could be made of")
    # A mistake in one attribute does not spoil the others.
    if login.isascii():
        account.set("mail", f"{login}@{settings['mail-domain']}")
    else:
        account.error("mail", "the login has letters that a mail address cannot have")
    account.set("login", login)
    account.set("name", name)
    account.set_all("groups", [team.lower() for team in identity.values("team")])


def login_of(given: str, family: str, iteration: int) -> str | None:
    """The first letter of the given name and the family name.

    When that belongs to another account, the host asks again with the next iteration, and another
    login must come out.
    """
    number = str(iteration) if iteration else ""
    stem = letters(given)[:1] + letters(family)
    return stem[: LONGEST_LOGIN - len(number)] + number if stem else None


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
