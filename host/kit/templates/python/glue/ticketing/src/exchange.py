"""Requests of JSON, and what their answers mean by HTTP alone."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from failed import Failed

#: Methods that change nothing.
SAFE = ["GET", "HEAD", "OPTIONS"]

#: The way to the system: is given a method, a URL, header fields and content or None, and gives back
#: a status, header fields and content, as in wit/http.wit.
Send = Callable[
    [str, str, list[tuple[str, str]], bytes | None],
    tuple[int, list[tuple[str, str]], bytes],
]

KINDS = {
    401: "unauthorized",
    403: "unauthorized",
    407: "unauthorized",
    404: "not-found",
    410: "not-found",
    409: "conflict",
    412: "conflict",
    423: "conflict",
    429: "rate-limited",
    503: "unavailable",
}


@dataclass
class Answer:
    """What came back, with the JSON that it has."""

    method: str
    status: int
    headers: list[tuple[str, str]]
    json: Any = None

    def said(self) -> str:
        """What the system says about what it does not do; empty if it does not say so itself."""
        error = self.json.get("error") if isinstance(self.json, dict) else None
        return error if isinstance(error, str) else ""

    def failed(self, message: str) -> Failed:
        """What an answer means that is of no use."""
        after = next((value.strip() for name, value in self.headers if name == "retry-after"), "")
        retry_after = int(after) if re.fullmatch("[0-9]{1,9}", after) else None
        message = f"status {self.status}: {message}"
        return Failed(self._kind(), message, retry_after=retry_after)

    def expect(self, is_good: Callable[[dict], bool]) -> dict:
        """The JSON of an answer that is as it should be."""
        if not 200 <= self.status < 300:
            raise self.failed(self.said() or "the system does not say why")
        if not isinstance(self.json, dict) or not is_good(self.json):
            kind = "unavailable" if self.method in SAFE else "ambiguous"
            raise Failed(kind, "something else has answered in the place of the system")
        return self.json

    def _kind(self) -> str:
        if self.status in KINDS:
            return KINDS[self.status]
        if 400 <= self.status < 500 and self.status != 408:
            return "rejected"
        # A system that breaks down, and a proxy that has waited in vain, may have done it.
        return "unavailable" if self.method in SAFE else "ambiguous"


def ask(send: Send, method: str, url: str, content: Any = None) -> Answer:
    """Sends a request.

    Fails when the host could not send it, or when what came back is no JSON: a page for logging in,
    or a proxy, has answered in the place of the system.
    """
    headers = [("accept", "application/json")]
    body = None
    if content is not None:
        headers.append(("content-type", "application/json"))
        body = json.dumps(content).encode()
    status, headers, body = send(method, url, headers, body)
    answer = Answer(method, status, headers)
    try:
        answer.json = json.loads(body)
    except (ValueError, RecursionError):
        raise answer.failed("the answer is not the JSON that was expected") from None
    return answer
