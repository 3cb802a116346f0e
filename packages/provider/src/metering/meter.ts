import type { Clock } from "../clock.ts";
import type { UsageStore } from "../state/index.ts";
import { Turns } from "../turns.ts";

/** A look at a pod, as far as metering is concerned. */
export interface MeterReading {
  readonly pod: string;
  /** Whether a container of the pod runs. */
  readonly running: boolean;
  /** Execution rate of what runs; absent where that is not what is meant to run: then the rate stays as it was. */
  readonly rate?: bigint;
  /** Unix milliseconds at which the last of its running containers started. */
  readonly startedAt?: number;
}

/**
 * Meters by reservation and time: between two readings at which the pod ran, the time of the monotonic clock is billed
 * at the pod's rate and written to disk. Time before the first and after the last running reading is not billed, so a
 * crash of provider or pod costs the provider, never the publisher.
 *
 * The one exception: after a restart of the provider the time since its last reading is billed (by the wall clock)
 * when the containers are older than that reading: they ran all the while.
 */
export class Meter {
  readonly #usage: UsageStore;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  readonly #last = new Map<string, { monotonic: number; wall: number; rate: bigint }>();

  constructor(usage: UsageStore, clock: Clock) {
    this.#usage = usage;
    this.#clock = clock;
  }

  /** Takes a reading of now. What was metered is stored when this resolves; what fails to be stored, the next one bills. */
  read(reading: MeterReading): Promise<void> {
    const at = { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() };
    return this.#turns.run(reading.pod, () => this.#bill(reading, at));
  }

  async #bill(
    { pod, running, rate, startedAt }: MeterReading,
    at: { monotonic: number; wall: number },
  ): Promise<void> {
    const last = this.#last.get(pod);
    const rateNow = rate ?? last?.rate;
    if (!running || rateNow === undefined) {
      this.#last.delete(pod);
      return;
    }
    const now = { ...at, rate: rateNow };
    if (last !== undefined) {
      const milliseconds = Math.max(0, Math.round(now.monotonic - last.monotonic));
      await this.#usage.add({ pod, from: last.wall, to: now.wall, milliseconds, rate: last.rate });
    } else {
      const end = await this.#usage.lastEnd(pod);
      const ranOn = end !== undefined && startedAt !== undefined && startedAt <= end && end < now.wall;
      // A row of no length marks where this running time begins, for the rule above.
      const from = ranOn ? end : now.wall;
      await this.#usage.add({
        pod,
        from,
        to: now.wall,
        milliseconds: Math.round(now.wall - from),
        rate: rateNow,
      });
    }
    this.#last.set(pod, now);
  }

  /** Whether the last reading found the pod running. */
  isRunning(pod: string): boolean {
    return this.#last.has(pod);
  }
}
