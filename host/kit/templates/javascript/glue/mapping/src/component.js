// Connects mapping.js with the host. Nothing in here needs to change.

import { answer, description, readSettings } from "./host.js";
import * as mapping from "./mapping.js";
import { Account } from "./account.js";
import { PageBuilder, rowsOf } from "./page.js";

export const about = {
  describe: () => answer(() => description(mapping.about)),
  checkSettings: () => answer(() => mapping.check(readSettings(mapping.about))),
};

export const evaluation = {
  evaluate: (identities) =>
    answer(() => {
      const settings = readSettings(mapping.about);
      const page = new PageBuilder();
      const remarks = [];
      rowsOf(identities).forEach((identity, row) => {
        const account = new Account(mapping.attributes);
        mapping.map(identity, account, settings);
        account.cells().forEach((values) => page.cell(values));
        remarks.push(...account.remarks.map((remark) => ({ row, ...remark })));
      });
      return { rows: { columns: mapping.attributes, rows: page.finish() }, remarks };
    }),
};
