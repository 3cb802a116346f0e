import { canonicalJson } from "@apoc/encoding";
import { admissionErrors, apiErrors, executionRate, parsePodRequest, type PodRequest } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { AdmissionDesk } from "../admission/index.ts";
import type { Clock } from "../clock.ts";
import { ingressOf } from "../ingress/index.ts";
import { openPodSecrets, type Reconciler } from "../reconcile/index.ts";
import type { PodRecord, State } from "../state/index.ts";
import type { WrappingKey } from "../tee/index.ts";
import type { SignedCall } from "./provider-api.ts";

/** What a pod is admitted with. */
export interface PutPodParts {
  readonly desk: Pick<AdmissionDesk, "provider" | "checkRequest" | "admitRequest">;
  readonly state: Pick<State, "pods">;
  readonly reconciler: Pick<Reconciler, "nudge">;
  readonly wrappingKey: Pick<WrappingKey, "privateKey">;
  readonly clock: Clock;
}

/**
 * Admits a pod, or the next generation of one, and stores the intent to run it. The same request again changes nothing.
 * @throws POD_UNKNOWN for one that is being removed, and of the first check that fails
 */
export async function putPod(
  { id, authorization, body }: SignedCall & { readonly body: Uint8Array },
  { desk, state, reconciler, wrappingKey, clock }: PutPodParts,
): Promise<PodRecord> {
  const request = parsePodRequest(body);
  const known = await state.pods.get(id);
  const live = known !== undefined && known.state !== "removed";
  const signed = { authorization, body };
  if (live && Buffer.compare(known.request, body) === 0) {
    // The same again: an answer may have been lost. Nothing changes, whichever of the two actions was signed.
    await desk.checkRequest(signed, putAction(authorization.action), known.channel, id);
    return known;
  }
  if (live && known.state === "draining") throw new ApocError(apiErrors.POD_UNKNOWN, { field: id });
  // A deployment whose answer was lost is repeated with secrets sealed again: still the deployment of this manifest.
  const changes = live && !sameManifest(parsePodRequest(known.request), request);
  const action = changes ? "update" : live ? putAction(authorization.action) : "deploy";
  const admission = await desk.admitRequest(request, signed, action);
  if (admission.channelId !== id) {
    throw new ApocError(admissionErrors.REQUEST_ACTION, {
      field: "id",
      expected: id,
      actual: admission.channelId,
    });
  }
  // Opened here only to refuse what could never start; opened again, and for use, when the pod is made.
  await openPodSecrets(id, request, wrappingKey.privateKey);
  const prices = desk.provider.prices;
  const ingress = ingressOf(request.manifest);
  const admitted = {
    id,
    name: request.manifest.name,
    request: body,
    channel: request.channel,
    prices,
    rate: executionRate(request.manifest, prices),
    ...(ingress === undefined ? {} : { ingress }),
  };
  const now = clock.wall();
  const pod = await (live ? state.pods.update(admitted, now) : state.pods.admit(admitted, now));
  if (pod === undefined) throw new ApocError(apiErrors.POD_UNKNOWN, { field: id });
  reconciler.nudge();
  return pod;
}

function putAction(action: string): "deploy" | "update" {
  return action === "update" ? "update" : "deploy";
}

function sameManifest(a: PodRequest, b: PodRequest): boolean {
  return canonicalJson(a.manifest) === canonicalJson(b.manifest);
}
