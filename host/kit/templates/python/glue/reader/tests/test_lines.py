from unittest import TestCase

from failed import Failed
from lines import Lines


def all_lines(data, size):
    """All lines of bytes that come in pieces of this size, each with its number."""
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])
    lines = Lines(lambda: next(pieces, b""))
    found = []
    while (line := lines.next()) is not None:
        found.append((lines.position, line))
    return found


class LinesOfInput(TestCase):
    def test_it_does_not_matter_in_which_pieces_the_lines_come(self):
        data = "\ufeffone\n\nZoë €😀\r\nlast".encode()
        for size in range(1, len(data) + 1):
            expected = [(1, "one"), (2, ""), (3, "Zoë €😀"), (4, "last")]
            self.assertEqual(all_lines(data, size), expected)

    def test_an_end_of_the_last_line_does_not_begin_another_one(self):
        self.assertEqual(all_lines(b"one\n", 100), [(1, "one")])
        self.assertEqual(all_lines(b"", 100), [])

    def test_the_line_that_is_not_utf8_is_named(self):
        for size in [1, 3, 100]:
            with self.assertRaises(Failed) as raised:
                all_lines(b"a\nb\n\xff\nc", size)
            self.assertEqual(raised.exception.position, 3)
