import { ApocError } from "@apoc/errors";
import type { Hex, TypedDataDefinition } from "viem";
import { podActions, type RequestAuthorization } from "../api/request.ts";
import { sessionMessage } from "../api/sign-request.ts";
import { admissionErrors } from "../errors.ts";
import { podIdOf } from "../pod/pod-identity.ts";
import { firstKeyScopes, type PodKey } from "../pod/pod-key.ts";
import { verifySessionSignature } from "../pod/session-key.ts";
import type { AdmissionPorts } from "./admission.ts";

/** Whom the rules about signers ask, and when. */
export interface SignerContext {
  readonly ports: Pick<AdmissionPorts, "verifySignature" | "podKey">;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Who may sign a request: the publisher's wallet anything; a key of the pod what its scopes say.
 * @throws REQUEST_SIGNATURE, REQUEST_KEY, REQUEST_KEY_EXPIRED, REQUEST_SCOPE
 */
export async function checkSigner(
  authorization: RequestAuthorization,
  signed: TypedDataDefinition,
  { ports, now }: SignerContext,
): Promise<void> {
  const { publisher, key, signature } = authorization;
  if (key === undefined) {
    if (await ports.verifySignature(publisher, signed, signature)) return;
    throw new ApocError(admissionErrors.REQUEST_SIGNATURE, {
      field: "signature",
      expected: `by ${publisher}`,
    });
  }
  if (!(await verifySessionSignature(key, sessionMessage(signed), signature))) {
    throw new ApocError(admissionErrors.REQUEST_SIGNATURE, { field: "signature", expected: `by ${key}` });
  }
  // What the wallet says about a key goes before what the pod id says about its first one.
  const stated = (await ports.podKey(authorization, key)) ?? firstKey(authorization, key);
  if (stated === undefined || stated.scopes.length === 0) {
    throw new ApocError(admissionErrors.REQUEST_KEY, {
      field: "key",
      expected: `a key of pod ${authorization.podId}`,
      actual: stated === undefined ? key : `${key}, revoked`,
    });
  }
  if (stated.notAfter !== undefined && stated.notAfter <= now) {
    throw new ApocError(admissionErrors.REQUEST_KEY_EXPIRED, {
      field: "key",
      expected: `after ${now}`,
      actual: String(stated.notAfter),
    });
  }
  const scope = podActions[authorization.action];
  if (scope === undefined || !stated.scopes.includes(scope)) {
    throw new ApocError(admissionErrors.REQUEST_SCOPE, {
      field: "key",
      expected: scope === undefined ? `the wallet of ${publisher}` : `scope ${scope}`,
      actual: stated.scopes.join(", "),
    });
  }
}

/** The key that the pod id commits to, and with it the publisher's transaction. */
function firstKey({ podId, salt }: RequestAuthorization, key: Hex): PodKey | undefined {
  if (salt === undefined || podIdOf(key, salt) !== podId) return undefined;
  return { key, scopes: firstKeyScopes };
}
