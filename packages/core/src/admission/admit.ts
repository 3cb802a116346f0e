import { ApocError, type ErrorDocument, isApocError } from "@apoc/errors";
import type { CheckVerdict } from "../api/documents.ts";
import { admissionErrors } from "../errors.ts";
import type { Admission } from "./admission.ts";
import type { CheckName } from "./check-names.ts";
import type { AnyCheck, Proofs } from "./check.ts";
import { freshness } from "./freshness.ts";
import { funds } from "./funds.ts";
import { grant } from "./grant.ts";
import { identity } from "./identity.ts";
import type { AdmissionImage, ImagesByReference } from "./images.ts";
import { license } from "./license.ts";
import { possession } from "./possession.ts";
import { protection } from "./protection.ts";
import { request } from "./request.ts";
import { terms } from "./terms.ts";

/** All checks in their order; none needs a later one. */
export const checks: readonly AnyCheck[] = [
  request,
  freshness,
  identity,
  license,
  grant,
  terms,
  funds,
  protection,
  possession,
];

/** What has passed all checks. */
export interface Admitted extends Pick<Admission, "channel" | "channelId" | "manifest"> {
  readonly images: ImagesByReference<AdmissionImage>;
}

/** Runs all checks in order. @throws ApocError of the first check that fails */
export async function admit(admission: Admission): Promise<Admitted> {
  const proven = new CheckRun();
  for (const check of checks) await proven.run(check, admission);
  const { channel, channelId, manifest } = admission;
  return { channel, channelId, manifest, images: proven.of("grant") };
}

/** Checks that need a signed request, a funded channel or the blobs, and so say nothing before payment. */
const afterPayment: readonly CheckName[] = ["request", "funds", "possession"];

/** Runs the checks that can be run before payment and reports a verdict for each: what a quote shows. */
export async function assess(admission: Admission): Promise<CheckVerdict[]> {
  const proven = new CheckRun();
  const verdicts: CheckVerdict[] = [];
  for (const check of checks) {
    const { name } = check;
    if (afterPayment.includes(name)) verdicts.push({ check: name, verdict: "later" });
    else if (!proven.allows(check)) verdicts.push({ check: name, verdict: "skipped" });
    else {
      const error = await failure(() => proven.run(check, admission));
      verdicts.push(
        error === undefined ? { check: name, verdict: "pass" } : { check: name, verdict: "fail", error },
      );
    }
  }
  return verdicts;
}

/** One run through the checks, which hands each what those before it have proven. */
export class CheckRun {
  readonly #proofs = new Map<CheckName, Proofs[CheckName]>();

  /** Whether all that a check builds on is proven. */
  allows({ needs }: AnyCheck): boolean {
    return needs.every((name) => this.#proofs.has(name));
  }

  /** @throws what the check throws; then nothing is proven by it */
  async run(check: AnyCheck, admission: Admission): Promise<void> {
    const given = Object.fromEntries(check.needs.map((name) => [name, this.of(name)]));
    this.prove(check.name, await check.run(admission, given as unknown as Proofs));
  }

  prove<Name extends CheckName>(name: Name, proof: Proofs[Name]): void {
    this.#proofs.set(name, proof);
  }

  /** What a check has proven. @throws where it has not run */
  of<Name extends CheckName>(name: Name): Proofs[Name] {
    if (!this.#proofs.has(name)) throw new Error(`check ${name} has proven nothing yet`);
    return this.#proofs.get(name) as Proofs[Name];
  }
}

async function failure(work: () => Promise<void>): Promise<ErrorDocument | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isApocError(error)) return error.toJSON();
    return new ApocError(admissionErrors.IMAGE_UNAVAILABLE, {
      detail: error instanceof Error ? error.message : String(error),
    }).toJSON();
  }
}
