import type { Outcome } from "../checklist.ts";
import type { RevocationSnapshot } from "../snp/reference-values.ts";
import { toTime } from "../time.ts";

/** When collateral is judged: at the evaluation, or by a policy's snapshot. */
export interface Moment {
  readonly at: Date;
  readonly snapshot?: RevocationSnapshot | undefined;
}

/**
 * Whether a list or document that counts from one moment until another, both included, counts now. With a snapshot, it
 * must have counted when the snapshot was taken, and the snapshot must not have run out. A date that is none is in no
 * window.
 */
export function checkWindow(from: Date, until: Date, { at, snapshot }: Moment): Outcome {
  if (snapshot !== undefined && !(snapshot.takenAt <= at && at <= snapshot.until)) {
    const { takenAt, until: end } = snapshot;
    return { expected: `${toTime(takenAt)} to ${toTime(end)}, by the policy`, actual: toTime(at) };
  }
  const judged = snapshot?.takenAt ?? at;
  if (from <= judged && judged <= until) return undefined;
  return { expected: `valid at ${toTime(judged)}`, actual: `${toTime(from)} to ${toTime(until)}` };
}
