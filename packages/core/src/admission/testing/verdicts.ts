import { isApocError } from "@apoc/errors";
import { type Admission, type Check, type CheckName, checkNames } from "../admission.ts";
import { checkFreshness } from "../freshness.ts";
import { checkFunds } from "../funds.ts";
import { checkGrant } from "../grant.ts";
import { checkIdentity } from "../identity.ts";
import { checkLicense } from "../license.ts";
import { checkProtection } from "../protection.ts";
import { checkRequest } from "../request.ts";
import { checkReuse } from "../reuse.ts";
import { checkTerms } from "../terms.ts";
import { block, type Changes, head, scene } from "./scene.ts";

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

/** Codes of the checks that refuse; those that pass are not in it. */
export type Refusals = Partial<Record<CheckName, string>>;

/**
 * Runs every check of a changed scene, also after one has refused, so that a test can see that exactly one does. What
 * a refusing check would have proven is filled in, or later checks would have nothing to look at.
 */
export async function refusals(changes: Changes): Promise<Refusals> {
  const admission = await scene(changes);
  const found: Refusals = {};
  for (const name of checkNames) {
    try {
      await checks[name](admission);
    } catch (error) {
      if (!isApocError(error)) throw error;
      found[name] = error.code;
      await fillIn(name, admission);
    }
  }
  return found;
}

async function fillIn(name: CheckName, admission: Admission): Promise<void> {
  if (name === "freshness") admission.confirmed = block(head - 3n);
  if (name !== "identity") return;
  for (const { image: reference } of admission.manifest.containers) {
    const image = await admission.ports.pull(reference).catch(() => undefined);
    // A container without an image is one less to look at.
    if (image !== undefined) admission.images.set(reference, { ...image });
  }
  const known = admission.manifest.containers.filter(({ image }) => admission.images.has(image));
  Object.assign(admission, { manifest: { ...admission.manifest, containers: known } });
}
