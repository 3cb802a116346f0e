/** Roles that `apoc doctor` knows. */
export type Role = "dev" | "pod" | "provider";

/** One thing that must hold on this machine. */
export interface Check {
  readonly name: string;
  /** For whom a failure matters; for others the check is not run when a role is given. */
  readonly roles: readonly Role[];
  /** A failure of an optional check is shown and does not fail the command. */
  readonly optional?: boolean;
  /** Says what was found, or throws what is wrong; the next action of an `ApocError` is the cure. */
  run(): Promise<string>;
  /** A command that mends it, where the error has no better one. */
  readonly cure?: string;
}

/** What came of a check: the stable form of `apoc doctor --json`. */
export interface Finding {
  readonly check: string;
  readonly verdict: "pass" | "fail" | "absent";
  readonly detail: string;
  readonly cure?: string;
}
