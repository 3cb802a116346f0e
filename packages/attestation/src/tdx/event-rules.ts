import { equalBytes, toHex } from "@apoc/encoding";
import { type Outcome } from "../checklist.ts";
import { type LogEvent, provenData, type EventLog } from "./event-log.ts";

/** An event that a log must hold. Exactly one of `digest`, `data` and `text` is given. */
export interface EventRule {
  /** 0 to 3. */
  readonly rtmr: number;
  /** Event type; default: any. Types are claims of the firmware: no digest covers them. */
  readonly type?: number | undefined;
  /** SHA-384 of what was measured, lower-case hexadecimal. */
  readonly digest?: string | undefined;
  /** What was measured, lower-case hexadecimal; the digest is recomputed from the event's data. */
  readonly data?: string | undefined;
  /** The same as text in UTF-8. */
  readonly text?: string | undefined;
}

/**
 * A register whose events the policy names: the log must replay to the register's value, each of its events must be
 * one that a rule names, and each rule must be met. A rule by data or text is met by proven data only.
 */
export function checkEvents(
  log: EventLog,
  rtmr: number,
  value: Uint8Array,
  rules: readonly EventRule[],
): Outcome {
  const replayed = log.rtmrs[rtmr] ?? new Uint8Array();
  if (!equalBytes(replayed, value))
    return { expected: `a log that replays to ${toHex(value)}`, actual: toHex(replayed) };
  const events = log.events.filter((event) => event.rtmr === rtmr);
  const met = new Set<EventRule>();
  for (const event of events) {
    const fitting = rules.filter((rule) => fits(rule, event));
    if (fitting.length === 0) {
      const actual = `type 0x${event.type.toString(16)}, digest ${toHex(event.digest)}`;
      return { expected: "events that the trust policy names", actual };
    }
    for (const rule of fitting) met.add(rule);
  }
  const missing = rules.find((rule) => !met.has(rule));
  const wanted = missing?.text ?? missing?.data ?? missing?.digest ?? "";
  return missing && { expected: `an event with ${wanted}`, actual: "none" };
}

function fits(rule: EventRule, event: LogEvent): boolean {
  if (rule.type !== undefined && rule.type !== event.type) return false;
  if (rule.digest !== undefined) return rule.digest === toHex(event.digest);
  const proven = provenData(event);
  if (proven === undefined) return false;
  if (rule.data !== undefined) return rule.data === toHex(proven);
  return rule.text !== undefined && equalBytes(new TextEncoder().encode(rule.text), proven);
}
