import { ApocError } from "@apoc/errors";
import { terminalErrors } from "@apoc/terminal";

/** A day (its first moment, UTC) or a moment in UTC. Throws USAGE. */
export function parseMoment(text: string): Date {
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  const date = new Date(whole);
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(whole) && !Number.isNaN(date.getTime());
  if (form && date.toISOString().startsWith(whole.slice(0, 19))) return date;
  throw new ApocError(terminalErrors.USAGE, {
    field: "--at",
    expected: "2026-01-31 or 2026-01-31T12:00:00Z",
    actual: text,
  });
}
