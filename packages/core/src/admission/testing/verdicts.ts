import { isApocError } from "@apoc/errors";
import type { Admission } from "../admission.ts";
import { CheckRun, checks } from "../admit.ts";
import type { CheckName } from "../check-names.ts";
import type { PulledImage } from "../images.ts";
import { block, type Changes, head, scene } from "./scene.ts";

/** Codes of the checks that refuse; those that pass are not in it. */
export type Refusals = Partial<Record<CheckName, string>>;

/** Without one of these nobody knows what an image is, and so not what its blobs should yield. */
const beforePossession: readonly CheckName[] = ["identity", "license", "grant"];

/**
 * Runs every check of a changed scene, also after one has refused, so that a test can see that exactly one does. What
 * a refusing check would have proven is filled in, or later checks would have nothing to look at.
 */
export async function refusals(changes: Changes): Promise<Refusals> {
  let admission = await scene(changes);
  const run = new CheckRun();
  const found: Refusals = {};
  for (const check of checks) {
    const { name } = check;
    if (name === "possession" && beforePossession.some((other) => other in found)) continue;
    try {
      await run.run(check, admission);
    } catch (error) {
      if (!isApocError(error)) throw error;
      found[name] = error.code;
      if (name === "freshness") run.prove(name, { confirmed: block(head - 3n) });
      if (name === "license")
        run.prove(name, new Map([...run.of("identity")].map(([k, v]) => [k, { ...v }])));
      if (name === "identity") {
        const images = await pullable(admission);
        run.prove(name, images);
        // A container without an image is one less to look at.
        const containers = admission.manifest.containers.filter(({ image }) => images.has(image));
        admission = { ...admission, manifest: { ...admission.manifest, containers } };
      }
    }
  }
  return found;
}

async function pullable({ manifest, ports }: Admission): Promise<Map<string, PulledImage>> {
  const images = new Map<string, PulledImage>();
  for (const { image: reference } of manifest.containers) {
    const image = await ports.pull(reference).catch(() => undefined);
    if (image !== undefined) images.set(reference, image);
  }
  return images;
}
