import { decodeBase64Url, decodeStrictJson, toBase64Url } from "@apoc/encoding";
import { ApocError, isApocError } from "@apoc/errors";
import { z } from "zod";
import { admissionErrors } from "../errors.ts";
import { sessionKeySchema } from "../pod/session-key.ts";
import { decimalSchema } from "../schema/decimal.ts";
import { addressSchema, bytes32Schema, signatureSchema } from "../schema/hex.ts";
import { assertRequestVersion } from "./request-version.ts";
import { type PodAction, podActions, type RequestAuthorization, requestVersion } from "./request.ts";

const schema = z.strictObject({
  version: z.literal(requestVersion),
  action: z.enum(Object.keys(podActions) as [PodAction, ...PodAction[]]),
  publisher: addressSchema,
  podId: bytes32Schema,
  provider: addressSchema,
  bodyHash: bytes32Schema,
  nonce: bytes32Schema,
  deadline: z.int().positive(),
  blockNumber: decimalSchema,
  blockHash: bytes32Schema,
  key: sessionKeySchema.optional(),
  salt: bytes32Schema.optional(),
  // Wallets answer in either case.
  signature: z.string().toLowerCase().pipe(signatureSchema),
});

const scheme = "APOC ";
/** Most characters of the header. */
const headerLimit = 16_384;

/** Value of the `Authorization` header: `APOC ` and the authorization as JSON in base64url. */
export function encodeAuthorization(authorization: RequestAuthorization): string {
  const json = JSON.stringify({ ...authorization, blockNumber: authorization.blockNumber.toString() });
  return scheme + toBase64Url(new TextEncoder().encode(json));
}

/**
 * @throws REQUEST_VERSION for a request of another version, REQUEST_SIGNATURE where the header is missing or malformed
 */
export function decodeAuthorization(header: string | null | undefined): RequestAuthorization {
  try {
    if (header?.startsWith(scheme) !== true || header.length > headerLimit) throw new Error("no such header");
    const bytes = decodeBase64Url(header.slice(scheme.length));
    if (bytes === undefined) throw new Error("not base64url");
    const value = decodeStrictJson(bytes, headerLimit);
    assertRequestVersion(value, "Authorization");
    return schema.parse(value) as RequestAuthorization;
  } catch (cause) {
    if (isApocError(cause, admissionErrors.REQUEST_VERSION)) throw cause;
    throw new ApocError(admissionErrors.REQUEST_SIGNATURE, {
      field: "Authorization",
      expected: "APOC <base64url of a signed request>",
      cause,
    });
  }
}
