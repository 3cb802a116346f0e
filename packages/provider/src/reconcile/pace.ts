/** Milliseconds in which several changes lead to one round. */
const gather = 100;

/** The interval between rounds, which can be cut short. */
export class Pace {
  #wake: (() => void) | undefined;
  #soon: NodeJS.Timeout | undefined;

  /** Waits for the time, for {@link hurry}, or for the signal. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        if (this.#wake === end) this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener("abort", end, { once: true });
      this.#wake = end;
      if (signal.aborted) end();
    });
  }

  /** Ends the wait now. */
  hurry(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#wake?.();
  }

  /** Ends the wait in a moment; further calls until then have no effect. */
  hurrySoon(): void {
    this.#soon ??= setTimeout(() => this.hurry(), gather).unref();
  }

  /** Waits for the time or the signal. */
  static pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Pace().wait(milliseconds, signal);
  }
}
