import { type NextStep, parseNextStep } from "./next-action.ts";

/**
 * What kind of failure an error is. `@apoc/terminal` maps each kind to a process exit code, the provider API to an HTTP
 * status.
 *
 * - `unexpected`   a defect or an unforeseen condition
 * - `usage`        wrong arguments, or an invalid file of the user's
 * - `verification` evidence, digest, signature or ciphertext does not hold
 * - `wallet`       a wallet, password or credential is needed or wrong
 * - `payment`      funds, allowance, terms or a spending limit
 * - `refused`      the other party (provider, registry, contract) said no
 * - `network`      could not reach, timed out; trying again may help
 * - `pending`      not done yet
 * - `declined`     the user said no
 */
export type ErrorKind =
  | "unexpected"
  | "usage"
  | "verification"
  | "wallet"
  | "payment"
  | "refused"
  | "network"
  | "pending"
  | "declined";

/** `APOC-` and four digits; the thousands say which part of the project (see `defineErrors`). */
export type ErrorCode = `APOC-${number}`;

/** What is fixed about an error, once for all its occurrences. */
export interface ErrorDescriptor {
  readonly code: ErrorCode;
  /** Symbolic name, unique within its area: `DIGEST_MISMATCH`. */
  readonly name: string;
  /** One sentence without final stop: what is wrong. */
  readonly title: string;
  readonly kind: ErrorKind;
}

/** What is known about one occurrence. */
export interface ErrorDetails {
  /** Where: a field path, argument, file or digest, as the user wrote it. */
  readonly field?: string | undefined;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  /** What to do about it. */
  readonly next?: NextStep | undefined;
  /** One more sentence where the title does not suffice. */
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** The stable JSON form of an error: the wire form of the provider API and of `--json`. */
export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly name: string;
  readonly title: string;
  readonly kind: ErrorKind;
  readonly field?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly next?: NextStep;
  readonly detail?: string;
  readonly docs: string;
}

const brand = Symbol.for("apoc.error");

/** The one error class of the project. Throw it with a descriptor of `defineErrors`. */
export class ApocError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly descriptor: ErrorDescriptor;
  readonly field: string | undefined;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  readonly next: NextStep | undefined;
  readonly detail: string | undefined;

  constructor(descriptor: ErrorDescriptor, details: ErrorDetails = {}) {
    super(summary(descriptor, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ApocError";
    this.descriptor = descriptor;
    this.code = descriptor.code;
    this.field = details.field;
    this.expected = details.expected;
    this.actual = details.actual;
    this.next = details.next;
    this.detail = details.detail;
  }

  /** Slug of the page that explains this code. */
  get docs(): string {
    return `docs/errors.md#${this.code.toLowerCase()}`;
  }

  /** The same error with some details replaced; this one becomes its cause. */
  with(details: Omit<ErrorDetails, "cause">): ApocError {
    const { field, expected, actual, next, detail } = this;
    return new ApocError(this.descriptor, {
      field,
      expected,
      actual,
      next,
      detail,
      ...details,
      cause: this,
    });
  }

  toJSON(): ErrorDocument {
    const { code, name, title, kind } = this.descriptor;
    const document: Record<string, unknown> = { code, name, title, kind };
    for (const key of ["field", "expected", "actual", "next", "detail"] as const) {
      if (this[key] !== undefined) document[key] = this[key];
    }
    document["docs"] = this.docs;
    return document as unknown as ErrorDocument;
  }
}

/** Recognises an {@link ApocError} across copies of this package; with a descriptor, only that code. */
export function isApocError(error: unknown, descriptor?: ErrorDescriptor): error is ApocError {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return descriptor === undefined || (error as ApocError).code === descriptor.code;
}

/** Revives an error that came over the wire. Unknown shapes give `undefined`. */
export function fromErrorDocument(value: unknown): ApocError | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { code, name, title, kind, field, expected, actual, next, detail } = value as Partial<ErrorDocument>;
  if (typeof code !== "string" || !/^APOC-\d{4}$/.test(code) || typeof title !== "string") return undefined;
  return new ApocError(
    { code, name: String(name), title, kind: kind ?? "refused" },
    { field, expected, actual, next: parseNextStep(next), detail },
  );
}

function summary(descriptor: ErrorDescriptor, { field, expected, actual, detail }: ErrorDetails): string {
  let text = descriptor.title;
  if (field !== undefined) text += ` (${field})`;
  if (expected !== undefined || actual !== undefined) {
    text += `: expected ${expected ?? "something else"}, found ${actual ?? "nothing"}`;
  }
  return detail === undefined ? text : `${text}. ${detail}`;
}
