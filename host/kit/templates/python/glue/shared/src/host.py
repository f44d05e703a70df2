"""What the host gives to every component: its settings, and a log."""

import functools
import json
import traceback
from enum import Enum

from componentize_py_types import Err
from wit_world.exports.about import Description, Problem
from wit_world.imports import log, settings
from wit_world.imports.types import Failure, FailureKind

from failed import Failed


def read_settings(about: dict) -> dict:
    """The settings that the configuration of the resource gives to this component.

    Fails when one that the schema demands is not there.
    """
    found = json.loads(settings.read())
    for name in about["settings_schema"].get("required", []):
        if name not in found:
            raise Failed("configuration", f"the setting {name} is not there")
    return found


def description(about: dict) -> Description:
    """What `describe` of the contract wants, with the schema of the settings as text."""
    return Description(**about | {"settings_schema": json.dumps(about["settings_schema"])})


def problems(found: list[tuple[str, str]]) -> list[Problem]:
    """What `check-settings` of the contract wants."""
    return [Problem(path, message) for path, message in found]


def failure(failed: Failed) -> Failure:
    """A failure as the contract has it."""
    kind = FailureKind[enum_name(failed.kind)]
    return Failure(kind, failed.message, failed.position, failed.retry_after)


def enum_name(name: str) -> str:
    """A name of the contract, such as `not-found`, as it is called in Python."""
    return name.upper().replace("-", "_")


def contract_name(one: Enum) -> str:
    """The other way round: a value such as `NOT_FOUND` by its name in the contract."""
    return one.name.lower().replace("_", "-")


def answering(work):
    """For whatever the host calls.

    A failure goes to the host as such. Any other exception is a mistake in the code, which ends the
    call, so its place is logged first.
    """

    @functools.wraps(work)
    def answer(*arguments):
        try:
            return work(*arguments)
        except Failed as failed:
            raise Err(failure(failed)) from None
        except Exception:
            for line in traceback.format_exc().splitlines():
                log.write(log.Level.ERROR, line)
            raise

    return answer
