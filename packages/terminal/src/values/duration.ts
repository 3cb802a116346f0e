import { ApocError } from "@apoc/errors";
import { terminalErrors } from "../errors.ts";

const unitMilliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration such as `500ms`, `30s`, `5m`, `1h`, `30d`; whole numbers, greater than zero. */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d{0,8})(ms|s|m|h|d)$/.exec(text);
  if (match === null) {
    throw new ApocError(terminalErrors.USAGE, { expected: "a duration such as 30s, 5m or 1h", actual: text });
  }
  return Number(match[1]) * unitMilliseconds[match[2] as keyof typeof unitMilliseconds];
}
