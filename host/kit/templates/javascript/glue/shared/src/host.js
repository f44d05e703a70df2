// What the host gives to every component: its settings, and a log.

import log from "provisor:connector/log@0.1.0";
import settings from "provisor:connector/settings@0.1.0";

import { Failure } from "./failure.js";

const line = (level) => (...parts) => log.write(level, parts.map(String).join(" "));

globalThis.console = {
  debug: line("debug"),
  log: line("info"),
  info: line("info"),
  warn: line("warn"),
  error: line("error"),
};

/**
 * The settings that the configuration of the resource gives to this component.
 *
 * @throws {Failure} `configuration` when one that the schema demands is not there
 */
export function readSettings({ settingsSchema }) {
  const found = JSON.parse(settings.read());
  const missing = settingsSchema.required?.find((name) => !Object.hasOwn(found, name));
  if (missing !== undefined) {
    throw new Failure("configuration", `the setting ${missing} is not there`);
  }
  return found;
}

/** What `describe` of the contract wants, with the schema of the settings as text. */
export const description = ({ settingsSchema, ...about }) => ({
  ...about,
  settingsSchema: JSON.stringify(settingsSchema),
});

/**
 * Runs what the host has called. A `Failure` goes to the host as such, and so does what the host
 * could not do; anything else that is thrown is a mistake in the code, which ends the call, so its
 * place is logged first.
 */
export function answer(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure) {
      // The engine passes on plain objects only: an `Error` ends the call, whatever else it has.
      throw error.toContract();
    }
    if (typeof error?.kind !== "string") {
      const lines = `${error}\n${error?.stack ?? ""}`.split("\n");
      lines.filter((line) => line.trim() !== "").forEach((line) => console.error(line));
    }
    throw error;
  }
}
