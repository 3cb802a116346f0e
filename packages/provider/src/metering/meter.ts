import type { Clock } from "../clock.ts";
import type { UsageDelta, UsageStore } from "../state/index.ts";
import { Turns } from "../turns.ts";

/** A look at a pod, as far as metering is concerned. */
export interface MeterReading {
  /** Id of the channel that pays for it. */
  readonly channel: string;
  /** Whether a container of the pod runs. */
  readonly running: boolean;
  /** Execution rate of what runs; absent where that is not what is meant to run: then the rate stays as it was. */
  readonly rate?: bigint;
  /** Unix milliseconds at which the last of its running containers started. */
  readonly startedAt?: number;
}

/** A running pod at a moment. */
interface Seen {
  readonly monotonic: number;
  readonly wall: number;
  readonly rate: bigint;
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
  readonly #last = new Map<string, Seen>();
  /** What the store would say of pods that run. */
  readonly #totals = new Map<string, bigint>();

  constructor(usage: UsageStore, clock: Clock) {
    this.#usage = usage;
    this.#clock = clock;
  }

  /**
   * Takes readings of now, of any number of pods, and stores what was metered in one step; it is stored when this
   * resolves. What fails to be stored, the next reading bills.
   */
  read(readings: readonly MeterReading[]): Promise<void> {
    const at = { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() };
    return this.#turns.run("meter", () => this.#bill(readings, at));
  }

  /** Cumulative execution cost on a channel, base units, without asking the store each time. */
  async total(channel: string): Promise<bigint> {
    const known = this.#totals.get(channel);
    if (known !== undefined) return known;
    return this.#turns.run("meter", async () => {
      const total = await this.#usage.total(channel);
      if (this.#last.has(channel)) this.#totals.set(channel, total);
      return total;
    });
  }

  /** Whether the last reading found the pod of a channel running. */
  isRunning(channel: string): boolean {
    return this.#last.has(channel);
  }

  async #bill(readings: readonly MeterReading[], at: Omit<Seen, "rate">): Promise<void> {
    const deltas: UsageDelta[] = [];
    const seen: Seen[] = [];
    for (const reading of readings) {
      const rate = reading.rate ?? this.#last.get(reading.channel)?.rate;
      if (!reading.running || rate === undefined) {
        this.#last.delete(reading.channel);
        this.#totals.delete(reading.channel);
        continue;
      }
      const now = { ...at, rate };
      deltas.push(await this.#delta(reading, now));
      seen.push(now);
    }
    if (deltas.length === 0) return;
    const added = await this.#usage.add(deltas);
    for (const [index, { channel }] of deltas.entries()) {
      this.#last.set(channel, seen[index]!);
      const total = this.#totals.get(channel);
      if (total !== undefined) this.#totals.set(channel, total + added[index]!);
    }
  }

  /** What to bill of a running pod since its last reading, or where there was none, since it is known to run. */
  async #delta({ channel, startedAt }: MeterReading, now: Seen): Promise<UsageDelta> {
    const last = this.#last.get(channel);
    if (last !== undefined) {
      const milliseconds = Math.max(0, Math.round(now.monotonic - last.monotonic));
      return { channel, from: last.wall, to: now.wall, milliseconds, rate: last.rate };
    }
    const end = await this.#usage.lastEnd(channel);
    const ranOn = end !== undefined && startedAt !== undefined && startedAt <= end && end < now.wall;
    // A row of no length marks where this running time begins, for the rule above.
    const from = ranOn ? end : now.wall;
    return { channel, from, to: now.wall, milliseconds: Math.round(now.wall - from), rate: now.rate };
  }
}
