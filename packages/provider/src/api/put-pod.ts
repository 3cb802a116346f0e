import { canonicalJson } from "@apoc/encoding";
import {
  admissionErrors,
  apiErrors,
  executionRate,
  isSamePod,
  parsePodRequest,
  type PodIdentity,
  type PodRequest,
  podUid,
  toWire,
} from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { AdmissionDesk } from "../admission/index.ts";
import type { Settler } from "../claims/index.ts";
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
  /** Ends a channel that another one succeeds. */
  readonly settler: Pick<Settler, "intend">;
  readonly clock: Clock;
}

/**
 * Admits a pod, or the next generation of one, and stores the intent to run it. The same request again changes nothing.
 * @throws POD_UNKNOWN for one that is being removed, and of the first check that fails
 */
export async function putPod(
  { pod, authorization, body }: SignedCall & { readonly body: Uint8Array },
  { desk, state, reconciler, wrappingKey, settler, clock }: PutPodParts,
): Promise<PodRecord> {
  const request = parsePodRequest(body);
  assertPod(request, pod);
  const id = podUid(pod);
  const known = await state.pods.get(id);
  const live = known !== undefined && known.state !== "removed";
  const signed = { authorization, body };
  if (live && Buffer.compare(known.request, body) === 0) {
    // The same again: an answer may have been lost. Nothing changes, whichever of the two actions was signed.
    await desk.checkRequest(signed, putAction(authorization.action), known);
    return known;
  }
  if (live && known.state === "draining") throw unknownPod(pod);
  // A deployment whose answer was lost is repeated with secrets sealed again: still the deployment of this manifest.
  const changes = live && !sameWish(parsePodRequest(known.request), request);
  const action = changes ? "update" : live ? putAction(authorization.action) : "deploy";
  const admission = await desk.admitRequest(request, signed, action);
  // Opened here only to refuse what could never start; opened again, and for use, when the pod is made.
  await openPodSecrets(pod, request, wrappingKey.privateKey);
  const prices = desk.provider.prices;
  const ingress = ingressOf(request.manifest);
  const { publisher, podId } = request.channel.header;
  const admitted = {
    id,
    publisher,
    podId,
    name: request.manifest.name,
    request: body,
    channel: { id: admission.channelId, terms: request.channel },
    prices,
    rate: executionRate(request.manifest, prices),
    ...(ingress === undefined ? {} : { ingress }),
  };
  if (live && known.channel.id !== admission.channelId) await settler.intend(known.channel.id);
  const now = clock.wall();
  const stored = await (live ? state.pods.update(admitted, now) : state.pods.admit(admitted, now));
  if (stored === undefined) throw unknownPod(pod);
  reconciler.nudge();
  return stored;
}

/** Nothing is known of a pod, or it is being removed. */
export function unknownPod({ publisher, podId }: PodIdentity): ApocError {
  return new ApocError(apiErrors.POD_UNKNOWN, { field: `${publisher}/${podId}` });
}

/** The channel pays for the pod that is asked for. */
function assertPod({ channel: { header } }: PodRequest, pod: PodIdentity): void {
  if (isSamePod(header, pod)) return;
  throw new ApocError(admissionErrors.REQUEST_ACTION, {
    field: "channel.header",
    expected: `pod ${pod.podId} of ${pod.publisher}`,
    actual: `pod ${header.podId} of ${header.publisher}`,
  });
}

function putAction(action: string): "deploy" | "update" {
  return action === "update" ? "update" : "deploy";
}

/** The same manifest, paid for by the same channel. */
function sameWish(a: PodRequest, b: PodRequest): boolean {
  const text = ({ manifest, channel }: PodRequest) => canonicalJson(toWire({ manifest, channel }));
  return text(a) === text(b);
}
