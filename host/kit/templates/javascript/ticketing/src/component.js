// Connects slips.js with the host. Nothing in here needs to change.

import http from "provisor:connector/http@0.1.0";

import { Failure } from "./failure.js";
import { answer, description, readSettings } from "./host.js";
import { Slips, about as own, check } from "./slips.js";

/** Sends through the host; what the host could not do is a failure like any other. */
function send(request) {
  try {
    return http.send(request);
  } catch (error) {
    if (typeof error?.kind === "string") {
      throw new Failure(error.kind, error.message, error);
    }
    throw error;
  }
}

const slips = () => new Slips(readSettings(own), send);

export const about = {
  describe: () => answer(() => description(own)),
  checkSettings: () => answer(() => check(readSettings(own))),
};

export const tickets = {
  behaviour: () => answer(() => slips().behaviour()),
  checkConnection: () => answer(() => slips().checkConnection()),
  create: (draft) => answer(() => slips().create(draft)),
  find: (correlationId) => answer(() => slips().find(correlationId)),
  status: (references) => answer(() => slips().status(references)),
  comment: (reference, text) => answer(() => slips().comment(reference, text)),
  withdraw: (reference, reason) => answer(() => slips().withdraw(reference, reason)),
  receive: (message) => answer(() => slips().receive(message)),
};
