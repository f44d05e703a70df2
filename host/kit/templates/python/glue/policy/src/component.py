"""Connects policy.py with the host. Nothing in here needs to change."""

import policy
from host import answering, description, enum_name, problems, read_settings
from page import rows_of
from wit_world import exports
from wit_world.exports import decisions
from wit_world.exports.decisions import Decision, Verdict
from wit_world.imports.types import Priority, Table


class About(exports.About):
    @answering
    def describe(self):
        return description(policy.ABOUT)

    @answering
    def check_settings(self):
        return problems(policy.check(read_settings(policy.ABOUT)))


class Decisions(exports.Decisions):
    @answering
    def decide(self, proposals: Table) -> list[Decision]:
        settings = read_settings(policy.ABOUT)
        return [contract(policy.decide(proposal, settings)) for proposal in rows_of(proposals)]


def contract(decision) -> Decision:
    """A decision as the contract has it."""
    return Decision(
        Verdict[enum_name(decision.verdict)],
        decision.code,
        decision.reason,
        [obligation(*one) for one in decision.obligations],
        decision.warnings,
    )


def obligation(name: str, value: object) -> decisions.Obligation:
    if name == "priority":
        value = Priority[enum_name(value)]
    # `due-in` is called Obligation_DueIn in Python.
    case = getattr(decisions, f"Obligation_{name.title().replace('-', '')}")
    return case() if value is None else case(value)
