import type { Clock } from "../clock.ts";

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #wall: number;
  #monotonic = 5_000;

  constructor(wall = 1_900_000_000_000) {
    this.#wall = wall;
  }

  wall(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Time passes. */
  advance(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#monotonic += milliseconds;
  }

  /** Somebody sets the wall clock. */
  setWall(wall: number): void {
    this.#wall = wall;
  }
}

/** A log that is kept for looking at. */
export function keptLog() {
  const lines: string[] = [];
  return {
    lines,
    log: {
      info: (text: string) => void lines.push(text),
      warn: (text: string) => void lines.push(`! ${text}`),
    },
  };
}
