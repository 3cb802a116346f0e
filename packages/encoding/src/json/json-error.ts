/**
 * What is wrong with a JSON text: no UTF-8 or no JSON, over the size limit, nested too deeply, a member that occurs
 * twice, a number that no double holds.
 */
export type JsonProblem = "syntax" | "size" | "depth" | "repeated-member" | "number";

/** A text that strict JSON refuses. Not coded: each parser maps it to the code of its document. */
export class JsonError extends Error {
  readonly problem: JsonProblem;
  readonly expected: string;
  readonly actual: string | undefined;

  constructor(problem: JsonProblem, expected: string, actual?: string, options?: ErrorOptions) {
    super(actual === undefined ? `expected ${expected}` : `expected ${expected}, found ${actual}`, options);
    this.problem = problem;
    this.expected = expected;
    this.actual = actual;
  }
}
