import { ApocError } from "@apoc/errors";
import { isAddressEqual, keccak256 } from "viem";
import { requestLifetime, requestTypedData } from "../api/request.ts";
import { admissionErrors } from "../errors.ts";
import type { Admission, AdmissionPorts, ProviderRules } from "./admission.ts";
import { defineCheck } from "./check.ts";

/** The part of an admission that a request is checked against: reads of a pod have no more. */
export interface RequestSubject extends Pick<Admission, "request" | "now" | "channel" | "channelId"> {
  readonly provider: Pick<ProviderRules, "address" | "chainId" | "contract">;
  readonly ports: Pick<AdmissionPorts, "verifySignature" | "useNonce">;
}

/** Check 1 of an admission. */
export const request = defineCheck({
  name: "request",
  needs: [],
  run: (admission) => checkRequest(admission),
});

/**
 * Check 1: the request was made by the channel's publisher, for this provider, with this body, once, now.
 * Skipped when the provider acts on its own.
 */
export async function checkRequest({
  request,
  provider,
  ports,
  now,
  channel,
  channelId,
}: RequestSubject): Promise<void> {
  if (request === undefined) return;
  const { authorization, body, action } = request;
  if (authorization.action !== action || authorization.pod !== channelId) {
    throw new ApocError(admissionErrors.REQUEST_ACTION, {
      expected: `${action} of ${channelId}`,
      actual: `${authorization.action} of ${authorization.pod}`,
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
  if (!(await ports.verifySignature(channel.header.publisher, signed, authorization.signature))) {
    throw new ApocError(admissionErrors.REQUEST_SIGNATURE, {
      field: "signature",
      expected: `by ${channel.header.publisher}`,
    });
  }
  if (await ports.useNonce(authorization.nonce, authorization.deadline)) {
    throw new ApocError(admissionErrors.REQUEST_NONCE, { field: "nonce", actual: authorization.nonce });
  }
}
