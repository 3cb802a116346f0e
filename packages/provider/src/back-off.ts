/** First wait and longest wait in milliseconds. */
const first = 1_000;
const longest = 60_000;

/** Waits between tries of one thing: doubling from one second to a minute. */
export class BackOff {
  readonly #tries = new Map<string, { failures: number; notBefore: number }>();

  /** Whether the next try may be made at `now` (monotonic milliseconds). */
  ready(key: string, now: number): boolean {
    return now >= (this.#tries.get(key)?.notBefore ?? 0);
  }

  /** Notes a try that has to be followed by a wait. */
  failed(key: string, now: number): void {
    const failures = (this.#tries.get(key)?.failures ?? 0) + 1;
    const wait = Math.min(longest, first * 2 ** (failures - 1));
    this.#tries.set(key, { failures, notBefore: now + wait });
  }

  /** Forgets all keys that begin so. */
  reset(prefix: string): void {
    for (const key of this.#tries.keys()) if (key.startsWith(prefix)) this.#tries.delete(key);
  }

  failures(key: string): number {
    return this.#tries.get(key)?.failures ?? 0;
  }
}
