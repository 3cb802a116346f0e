import { ApocError, type ErrorDocument, isApocError } from "@apoc/errors";
import type { CheckVerdict } from "../api/documents.ts";
import { admissionErrors } from "../errors.ts";
import { type Admission, type Check, type CheckName, checkNames } from "./admission.ts";
import { checkFreshness } from "./freshness.ts";
import { checkFunds } from "./funds.ts";
import { checkGrant } from "./grant.ts";
import { checkIdentity } from "./identity.ts";
import { checkLicense } from "./license.ts";
import { checkProtection } from "./protection.ts";
import { checkRequest } from "./request.ts";
import { checkReuse } from "./reuse.ts";
import { checkTerms } from "./terms.ts";

const checks: Readonly<Record<CheckName, Check>> = {
  request: checkRequest,
  freshness: checkFreshness,
  identity: checkIdentity,
  license: checkLicense,
  grant: checkGrant,
  terms: checkTerms,
  funds: checkFunds,
  protection: checkProtection,
  reuse: checkReuse,
};

/**
 * Runs all checks in order. The admission then holds what was proven: images, licenses, image keys.
 * @throws ApocError of the first check that fails
 */
export async function admit(admission: Admission): Promise<Admission> {
  for (const name of checkNames) await checks[name](admission);
  return admission;
}

/** Checks that need a signed request or a funded channel, and so say nothing before there is one. */
const afterPayment: readonly CheckName[] = ["request", "funds"];

/** Checks whose failure leaves later ones without their subject. */
const foundations: readonly CheckName[] = ["freshness", "identity", "license"];

/** Runs the checks that can be run before payment and reports a verdict for each: what a quote shows. */
export async function assess(admission: Admission): Promise<CheckVerdict[]> {
  const verdicts: CheckVerdict[] = [];
  let founded = true;
  for (const check of checkNames) {
    if (afterPayment.includes(check)) verdicts.push({ check, verdict: "later" });
    else if (!founded) verdicts.push({ check, verdict: "skipped" });
    else {
      const error = await failure(checks[check], admission);
      verdicts.push(error === undefined ? { check, verdict: "pass" } : { check, verdict: "fail", error });
      if (error !== undefined && foundations.includes(check)) founded = false;
    }
  }
  return verdicts;
}

async function failure(check: Check, admission: Admission): Promise<ErrorDocument | undefined> {
  try {
    await check(admission);
    return undefined;
  } catch (error) {
    if (isApocError(error)) return error.toJSON();
    return new ApocError(admissionErrors.IMAGE_UNAVAILABLE, {
      detail: error instanceof Error ? error.message : String(error),
    }).toJSON();
  }
}
