class Failed(Exception):
    """Why something could not be done, told to a person: what, where, and what to do about it.

    Raise it, and the host does what its kind says. `kind` is one of configuration, unauthorized,
    unavailable, rate-limited, ambiguous, not-found, conflict, rejected, malformed and unsupported;
    wit/types.wit says what each of them means. `position` is a line of the input, counted from 1,
    `retry_after` the seconds before which it must not be tried again. Never put a secret into the
    message.
    """

    def __init__(
        self,
        kind: str,
        message: str,
        position: int | None = None,
        retry_after: int | None = None,
    ):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.position = position
        self.retry_after = retry_after
