import type { Clock } from "../ports.ts";

/** A clock that stands still but for sleeping, which takes no time. */
export function movedClock(): Clock & { readonly slept: number[] } {
  let now = Date.UTC(2026, 10, 22);
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    async sleep(milliseconds, signal) {
      signal.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}
