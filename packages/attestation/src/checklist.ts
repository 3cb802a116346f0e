import type { ErrorCode } from "@apoc/errors";
import { toHex } from "@apoc/encoding";
import { attestationErrors, type ReasonCode } from "./errors.ts";

/** Verdict of one check. `skipped`: the policy does not ask for it, or what it needs failed before. */
export interface CheckResult {
  /** Reason code of the check: what it is called whether it passes or fails. */
  readonly name: ReasonCode;
  readonly verdict: "pass" | "fail" | "skipped";
  /** Number of the error; present when the check failed. */
  readonly code?: ErrorCode;
  /** What the policy or the format requires; present when the check failed. */
  readonly expected?: string;
  /** What was found; present when the check failed. */
  readonly actual?: string;
}

/** What a failing check reports. */
export interface Finding {
  readonly expected: string;
  readonly actual: string;
}

/** Result of a check's function: nothing when it passes, the finding when it fails. */
export type Outcome = Finding | undefined;

/**
 * Runs checks in order and keeps every verdict. A check that throws has failed: no exception of a parser or of the
 * platform's cryptography can turn into an accept, or escape.
 */
export class Checklist {
  readonly results: CheckResult[] = [];
  #complete = true;

  /** Whether no check failed and none was left out for want of a prerequisite. */
  get affirming(): boolean {
    return this.#complete && this.results.every(({ verdict }) => verdict !== "fail");
  }

  /** The first check that failed, in the order in which they ran. */
  get firstFailure(): CheckResult | undefined {
    return this.results.find(({ verdict }) => verdict === "fail");
  }

  /** Runs one check; `undefined` in place of the function says that a prerequisite failed. Returns whether it passed. */
  async check(name: ReasonCode, run: (() => Outcome | Promise<Outcome>) | undefined): Promise<boolean> {
    if (run === undefined) {
      this.#complete = false;
      this.results.push({ name, verdict: "skipped" });
      return false;
    }
    let finding: Outcome;
    try {
      finding = await run();
    } catch (error) {
      finding = {
        expected: "a well-formed value",
        actual: error instanceof Error ? error.message : "an exception",
      };
    }
    const { code } = attestationErrors[name];
    this.results.push(
      finding === undefined ? { name, verdict: "pass" } : { name, verdict: "fail", code, ...finding },
    );
    return finding === undefined;
  }

  /** Notes that the policy does not ask for a check. */
  notRequired(name: ReasonCode): void {
    this.results.push({ name, verdict: "skipped" });
  }
}

/** Passes if the condition holds. */
export function demand(condition: boolean, expected: string, actual: string): Outcome {
  return condition ? undefined : { expected, actual };
}

/** Passes if the hexadecimal of the value is in the list. */
export function listed(list: readonly string[], value: Uint8Array): Outcome {
  return demand(list.includes(toHex(value)), list.join(", ") || "no value at all", toHex(value));
}
