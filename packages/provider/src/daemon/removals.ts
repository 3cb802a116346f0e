/** Who waits for the removal of a pod. */
export class Removals {
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();

  /** Resolves at the next `done` for this pod. */
  of(id: string): Promise<void> {
    const waiting = this.#waiting.get(id) ?? Promise.withResolvers<void>();
    this.#waiting.set(id, waiting);
    return waiting.promise;
  }

  done(id: string): void {
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }
}
