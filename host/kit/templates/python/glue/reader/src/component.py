"""Connects reader.py with the host, together with reading.py. Nothing in here needs to change."""

import reader
import reading  # noqa: F401 (what is not imported when the component is built is not in it)
from host import answering, description, problems, read_settings
from wit_world import exports


class About(exports.About):
    @answering
    def describe(self):
        return description(reader.ABOUT)

    @answering
    def check_settings(self):
        return problems(reader.check(read_settings(reader.ABOUT)))


class Reading(exports.Reading):
    """Has nothing but the cursor of reading.py."""
