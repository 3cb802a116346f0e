import { ApocError } from "@apoc/errors";
import { isAddressEqual, keccak256 } from "viem";
import { requestTypedData } from "../api/request.ts";
import { requestLifetime } from "../api/sign-request.ts";
import { admissionErrors } from "../errors.ts";
import { isSamePod, type PodIdentity } from "../pod/pod-identity.ts";
import type { Admission, AdmissionPorts, ProviderRules } from "./admission.ts";
import { defineCheck } from "./check.ts";
import { checkSigner } from "./request-signer.ts";

/** The part of an admission that a request is checked against: reads of a pod have no more. */
export interface RequestSubject extends Pick<Admission, "request" | "now"> {
  readonly pod: PodIdentity;
  readonly provider: Pick<ProviderRules, "address" | "chainId" | "contract">;
  readonly ports: Pick<AdmissionPorts, "verifySignature" | "podKey" | "useNonce">;
}

/** Check 1 of an admission: the pod is that of the channel which pays for it. */
export const request = defineCheck({
  name: "request",
  needs: [],
  run: (admission) => checkRequest({ ...admission, pod: admission.channel.header }),
});

/**
 * Check 1: the request was made by the pod's publisher, or by a key of the pod that may do this, for this provider,
 * with this body, once, now. Skipped when the provider acts on its own.
 */
export async function checkRequest(subject: RequestSubject): Promise<void> {
  if (subject.request === undefined) return;
  const { provider, ports, now, pod } = subject;
  const { authorization, body, action } = subject.request;
  if (authorization.action !== action || !isSamePod(authorization, pod)) {
    throw new ApocError(admissionErrors.REQUEST_ACTION, {
      expected: `${action} of pod ${pod.podId} of ${pod.publisher}`,
      actual: `${authorization.action} of pod ${authorization.podId} of ${authorization.publisher}`,
    });
  }
  if (!isAddressEqual(authorization.provider, provider.address)) {
    throw new ApocError(admissionErrors.REQUEST_PROVIDER, {
      field: "provider",
      expected: provider.address,
      actual: authorization.provider,
    });
  }
  const bodyHash = keccak256(body);
  if (authorization.bodyHash !== bodyHash) {
    throw new ApocError(admissionErrors.REQUEST_BODY, {
      field: "bodyHash",
      expected: authorization.bodyHash,
      actual: bodyHash,
    });
  }
  if (authorization.deadline < now || authorization.deadline > now + 3 * requestLifetime) {
    throw new ApocError(admissionErrors.REQUEST_DEADLINE, {
      field: "deadline",
      expected: `between ${now} and ${now + 3 * requestLifetime}`,
      actual: String(authorization.deadline),
    });
  }
  const signed = requestTypedData(authorization, provider.chainId, provider.contract);
  await checkSigner(authorization, signed, { ports, now });
  if (await ports.useNonce(authorization.nonce, authorization.deadline)) {
    throw new ApocError(admissionErrors.REQUEST_NONCE, { field: "nonce", actual: authorization.nonce });
  }
}
