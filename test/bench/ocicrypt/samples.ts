/** Seconds of repetitions by program, told as bytes per second. */
export class Samples {
  readonly #size: number;
  readonly #seconds = new Map<string, number[]>();

  constructor(size: number) {
    this.#size = size;
  }

  add(name: string, seconds: number): void {
    this.#seconds.set(name, [...(this.#seconds.get(name) ?? []), seconds]);
  }

  median(name: string): number {
    return this.#size / median(this.#seconds.get(name) ?? []);
  }
}

/** Middle one, or mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
