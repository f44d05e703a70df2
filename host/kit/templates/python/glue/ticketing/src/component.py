"""Connects ticketing.py with the host. Nothing in here needs to change."""

import ticketing
from componentize_py_types import Err
from failed import Failed
from host import answering, contract_name, description, enum_name, failure, problems, read_settings
from ticket import Draft, Progress, Ticket
from wit_world import exports
from wit_world.exports import tickets as contract
from wit_world.imports import http


def system() -> ticketing.Ticketing:
    return ticketing.Ticketing(read_settings(ticketing.ABOUT), send)


def send(method, url, headers, body):
    """Sends through the host; what the host could not do is a failure like any other."""
    try:
        answer = http.send(http.Request(method, url, headers, body))
    except Err as error:
        found = error.value
        kind = contract_name(found.kind)
        raise Failed(kind, found.message, found.position, found.retry_after) from None
    return answer.status, answer.headers, answer.body


class About(exports.About):
    @answering
    def describe(self):
        return description(ticketing.ABOUT)

    @answering
    def check_settings(self):
        return problems(ticketing.check(read_settings(ticketing.ABOUT)))


class Tickets(exports.Tickets):
    @answering
    def behaviour(self):
        return contract.Traits(**vars(system().behaviour()))

    @answering
    def check_connection(self):
        return [contract.Finding(*finding) for finding in system().check_connection()]

    @answering
    def create(self, draft):
        made = system().create(
            Draft(
                draft.correlation_id,
                draft.title,
                list(map(block, draft.description)),
                contract_name(draft.priority),
                draft.due,
                draft.follow_up_of and draft.follow_up_of.number,
                dict(draft.facts),
            )
        )
        return ticket(made)

    @answering
    def find(self, correlation_id):
        found = system().find(correlation_id)
        return [contract.Found(ticket(one), correlation_id) for one in found]

    @answering
    def status(self, references):
        return list(map(condition, system().status(references)))

    @answering
    def comment(self, reference, text):
        system().comment(reference, list(map(block, text)))

    @answering
    def withdraw(self, reference, reason):
        refused = system().withdraw(reference, reason)
        if refused is None:
            return contract.Withdrawal_Withdrawn()
        return contract.Withdrawal_Refused(refused)

    @answering
    def receive(self, message):
        hints = system().receive(message.headers, message.body)
        return [contract.Hint(**vars(hint)) for hint in hints]


def ticket(made: Ticket) -> contract.Ticket:
    return contract.Ticket(made.reference, made.number, made.url)


def condition(found) -> contract.Condition:
    match found:
        case Progress():
            return contract.Condition_Progress(
                contract.Progress(
                    status=found.status,
                    resolution=found.resolution,
                    class_=contract.Class[enum_name(found.meaning)],
                    updated_at=found.updated_at,
                    closed_at=found.closed_at,
                    assignee=found.assignee,
                    note=found.note,
                )
            )
        case Failed():
            return contract.Condition_Failed(failure(found))
        case "gone":
            return contract.Condition_Gone()
        case "forbidden":
            return contract.Condition_Forbidden()


def block(given: contract.Block) -> tuple:
    """A block as document.py has it."""
    match given:
        case contract.Block_Heading(text):
            return ("heading", text)
        case contract.Block_Paragraph(line):
            return ("paragraph", spans(line))
        case contract.Block_Bullets(items):
            return ("bullets", list(map(spans, items)))
        case contract.Block_Steps(items):
            return ("steps", list(map(spans, items)))
        case contract.Block_Table(grid):
            return ("table", (grid.head, grid.rows))


def spans(given: list[contract.Span]) -> list[tuple[str, str | None]]:
    return [(span.text, span.link) for span in given]
