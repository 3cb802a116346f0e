import { defineErrors } from "@apoc/errors";

/**
 * Errors of the provider: 71xx runtime, 72xx ingress, 73xx state, 75xx config, 76xx attester, 77xx claims. What callers
 * of the HTTP API get is in `apiErrors` of `@apoc/core`.
 */
export const providerErrors = defineErrors("provider", {
  ENGINE_NOT_FOUND: [7101, "network", "No container engine answers"],
  ENGINE_ADDRESS_UNSUPPORTED: [7102, "usage", "Only unix sockets are supported for the container engine"],
  ENGINE_UNREACHABLE: [7103, "network", "The container engine cannot be reached"],
  ENGINE_TIMEOUT: [7104, "network", "The container engine did not answer in time"],
  ENGINE_REFUSED: [7105, "unexpected", "The container engine refused a request"],
  ENGINE_ANSWER_INVALID: [7106, "unexpected", "The container engine returned an unexpected answer"],
  IMAGE_LOAD_FAILED: [7111, "unexpected", "The container engine did not load an image"],
  IMAGE_LOAD_MISMATCH: [
    7112,
    "verification",
    "The container engine holds an image other than the one it was given",
  ],
  READBACK_MISMATCH: [
    7113,
    "verification",
    "The container engine created a container other than the requested one",
  ],
  POD_INVALID: [7114, "usage", "This pod cannot be run"],

  INGRESS_REQUEST_INVALID: [7201, "usage", "The request has no usable Host header"],
  INGRESS_HOST_UNKNOWN: [7202, "refused", "No pod is served under this host name"],
  INGRESS_POD_UNREADY: [7203, "pending", "The pod does not accept connections yet"],
  INGRESS_POD_FAILED: [7204, "network", "The pod closed the connection"],
  INGRESS_POD_TIMEOUT: [7205, "network", "The pod did not answer in time"],

  STATE_VERSION: [7301, "usage", "The state was written by another version"],
  STATE_UNREADABLE: [7302, "usage", "The state cannot be opened"],
  DATA_IN_USE: [7303, "usage", "Another provider runs on this data folder"],
  LEASE_LOST: [7308, "network", "Another provider may act on this state now"],

  CONFIG_INVALID: [7501, "usage", "The provider's configuration is not valid"],
  CONFIG_MISSING: [7502, "usage", "There is no provider configuration"],
  CONFIG_EXISTS: [7503, "usage", "The file already exists"],
  LISTEN_FAILED: [7504, "usage", "Cannot listen on the address"],
  TOKENS_DIFFER: [7505, "usage", "The tokens have different decimals, so one price cannot apply to all"],

  ATTESTER_MISSING: [7601, "usage", "No attester is configured"],
  ATTESTER_DEVELOPMENT: [7602, "usage", "A development attester needs development: true"],
  ATTESTER_UNREACHABLE: [7603, "network", "The attester does not answer"],
  ATTESTER_ANSWER: [7604, "verification", "The attester's answer does not match the request"],
  TEE_MISSING: [7605, "unexpected", "No TEE detected"],
  TEE_FORBIDDEN: [7606, "usage", "This user may not request reports of the TEE"],
  TEE_REPORT: [7607, "verification", "The kernel did not make the requested report"],
  TEE_ENDORSEMENT: [7608, "verification", "The certificate of the key that signed the report is unavailable"],

  CLAIM_FAILED: [7701, "payment", "A claim failed"],
});
