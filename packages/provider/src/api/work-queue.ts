import { apiErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";

/** Bounds how much of one kind of work is done and waited for at once. */
export class WorkQueue {
  readonly #name: string;
  readonly #parallel: number;
  readonly #longest: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param longest how many may wait while `parallel` run */
  constructor(name: string, parallel: number, longest: number) {
    this.#name = name;
    this.#parallel = parallel;
    this.#longest = longest;
  }

  /** Does the work in its turn. @throws BUSY when too many wait */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#parallel) {
      if (this.#waiting.length >= this.#longest) {
        throw new ApocError(apiErrors.BUSY, {
          field: this.#name,
          expected: `at most ${this.#parallel + this.#longest} at once`,
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
