// Connects ticketing.js with the host. Nothing in here needs to change.

import http from "provisor:connector/http@0.1.0";

import { Failure } from "./failure.js";
import { answer, description, readSettings } from "./host.js";
import { Ticketing, about as own, check } from "./ticketing.js";

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

const system = () => new Ticketing(readSettings(own), send);

export const about = {
  describe: () => answer(() => description(own)),
  checkSettings: () => answer(() => check(readSettings(own))),
};

export const tickets = {
  behaviour: () => answer(() => system().behaviour()),
  checkConnection: () => answer(() => system().checkConnection()),
  create: (draft) => answer(() => system().create(draft)),
  find: (correlationId) => answer(() => system().find(correlationId)),
  status: (references) => answer(() => system().status(references)),
  comment: (reference, text) => answer(() => system().comment(reference, text)),
  withdraw: (reference, reason) => answer(() => system().withdraw(reference, reason)),
  receive: (message) => answer(() => system().receive(message)),
};
