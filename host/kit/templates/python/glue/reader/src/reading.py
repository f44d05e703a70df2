"""The cursor of wit/reading.wit. The tool looks for it here, in a module called like the interface."""

import reader
from batch import Batch
from host import answering, read_settings
from lines import Lines
from wit_world.exports import reading as contract
from wit_world.imports import input
from wit_world.imports.types import Page

#: How much is asked for at once, in bytes.
BYTES = 256 * 1024


class Cursor(contract.Cursor):
    def __init__(self, accounts: reader.Accounts):
        self._accounts = accounts

    @classmethod
    @answering
    def open(cls) -> "Cursor":
        settings = read_settings(reader.ABOUT)
        return cls(reader.Accounts(settings, Lines(lambda: input.read(BYTES))))

    @answering
    def shape(self) -> contract.Shape:
        shape = self._accounts.shape()
        columns = [contract.Column(*column) for column in shape.columns]
        return contract.Shape(columns, shape.identifier, shape.absent)

    @answering
    def next(self, max_rows: int) -> contract.Batch | None:
        batch = Batch()
        if not self._accounts.next(max_rows, batch):
            return None
        rejected = [contract.RejectedRow(*row) for row in batch.rejected]
        return contract.Batch(Page(*batch.page.finish()), batch.positions, rejected)

    @answering
    def summary(self) -> contract.Summary:
        return contract.Summary(**vars(self._accounts.summary()))
