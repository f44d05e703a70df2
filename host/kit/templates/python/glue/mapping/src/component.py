"""Connects mapping.py with the host. Nothing in here needs to change."""

import mapping
from account import Account
from host import answering, description, enum_name, problems, read_settings
from page import PageBuilder, rows_of
from wit_world import exports
from wit_world.exports.evaluation import Accounts, Remark, RemarkKind
from wit_world.imports.types import Page, Table


class About(exports.About):
    @answering
    def describe(self):
        return description(mapping.ABOUT)

    @answering
    def check_settings(self):
        return problems(mapping.check(read_settings(mapping.ABOUT)))


class Evaluation(exports.Evaluation):
    @answering
    def evaluate(self, identities: Table) -> Accounts:
        settings = read_settings(mapping.ABOUT)
        page = PageBuilder()
        remarks = []
        for row, identity in enumerate(rows_of(identities)):
            account = Account(mapping.ATTRIBUTES)
            mapping.map_identity(identity, account, settings)
            for values in account.cells():
                page.cell(values)
            for kind, attribute, message in account.remarks:
                remarks.append(Remark(row, attribute, RemarkKind[enum_name(kind)], message))
        return Accounts(Table(mapping.ATTRIBUTES, Page(*page.finish())), remarks)
