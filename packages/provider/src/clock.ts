/** Time as the daemon sees it: one source, so that tests can move it. */
export interface Clock {
  /** Unix milliseconds. */
  wall(): number;
  /** Milliseconds that never go back and ignore clock changes. */
  monotonic(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint() / 1_000_000n),
};

/** Unix seconds. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.wall() / 1000);
}
