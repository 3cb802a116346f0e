/** Milliseconds in which changes that are told one after the other lead to one round. */
const gather = 100;

/** The time between rounds, which somebody may cut short. */
export class Pace {
  #wake: (() => void) | undefined;
  #soon: NodeJS.Timeout | undefined;

  /** Waits until the time is over, somebody is in a hurry, or the signal. */
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

  /** Ends the wait in a moment, once for all that ask for it until then. */
  hurrySoon(): void {
    this.#soon ??= setTimeout(() => this.hurry(), gather).unref();
  }

  /** Waits until the time is over, or the signal. */
  static pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Pace().wait(milliseconds, signal);
  }
}
