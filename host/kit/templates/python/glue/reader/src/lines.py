from collections.abc import Callable

from failed import Failed

BYTE_ORDER_MARK = "\ufeff"


class Lines:
    """The lines of an input that comes in pieces of any size.

    Only what is being worked on is in memory, however long the input is.
    """

    def __init__(self, read: Callable[[], bytes]):
        """`read` gives the next bytes, none at the end."""
        self._read = read
        self._pieces: list[bytes] = []
        self._lines: list[str] = []
        self._at = 0
        self._before = 0
        self._ended = False

    @property
    def position(self) -> int:
        """The number of the line that was given last, counted from 1."""
        return self._before + self._at

    def next(self) -> str | None:
        """The next line without what ends it; `None` at the end.

        Fails with `malformed` when it is not UTF-8.
        """
        while self._at == len(self._lines):
            if self._ended:
                return None
            self._fill()
        line = self._lines[self._at]
        self._at += 1
        return line.removesuffix("\r")

    def _fill(self) -> None:
        """Takes the next bytes; what is behind the last end of a line waits for more."""
        data = self._read()
        self._ended = not data
        end = 0 if self._ended else data.rfind(b"\n")
        if end < 0:
            self._pieces.append(data)
            return
        whole = b"".join([*self._pieces, data[:end]])
        self._pieces = [data[end + 1 :]]
        self._before += len(self._lines)
        self._at = 0
        self._lines = [] if self._ended and not whole else self._split(whole)

    def _split(self, data: bytes) -> list[str]:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = self._before + data.count(b"\n", 0, error.start) + 1
            raise Failed("malformed", "the line is not encoded in UTF-8", position=line) from None
        if self._before == 0:
            text = text.removeprefix(BYTE_ORDER_MARK)
        return text.split("\n")
