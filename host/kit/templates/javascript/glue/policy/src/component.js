// Connects policy.js with the host. Nothing in here needs to change.

import { answer, description, readSettings } from "./host.js";
import { rowsOf } from "./page.js";
import * as policy from "./policy.js";

export const about = {
  describe: () => answer(() => description(policy.about)),
  checkSettings: () => answer(() => policy.check(readSettings(policy.about))),
};

export const decisions = {
  decide: (proposals) =>
    answer(() => {
      const settings = readSettings(policy.about);
      return rowsOf(proposals).map((proposal) => policy.decide(proposal, settings));
    }),
};
