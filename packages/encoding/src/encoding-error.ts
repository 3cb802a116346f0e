/** Text that was taken for checked and is not in its encoding: a defect of the caller, which is why it has no code. */
export class EncodingError extends Error {
  constructor(expected: string) {
    super(`expected ${expected}`);
  }
}
