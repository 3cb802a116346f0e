import { defineErrors } from "@apoc/errors";

/**
 * Errors of the one-machine network: 81xx images, 82xx chain, 84xx registry, 85xx container engine,
 * 86xx development TEE.
 */
export const devnetErrors = defineErrors("devnet", {
  IMAGE_FILE_INVALID: [8101, "usage", "A file of an image has an unusable path, mode or link"],
  BUSYBOX_MISSING: [8102, "usage", "No static busybox was found"],
  BUSYBOX_NOT_STATIC: [8103, "usage", "This busybox is not a static executable of this machine"],
  ANVIL_MISSING: [8201, "unexpected", "The development chain is not installed for this platform"],
  ANVIL_FAILED: [8202, "unexpected", "The development chain does not start"],
  DEPLOY_FAILED: [8203, "unexpected", "A contract could not be deployed"],
  DEPLOY_CODE_MISMATCH: [8204, "verification", "The address of a contract has different code"],
  REGISTRY_LISTEN: [8401, "usage", "The registry cannot listen on this address"],
  ENGINE_MISSING: [8501, "usage", "The container engine is not installed"],
  ENGINE_INSTALL: [8502, "unexpected", "The container engine could not be installed"],
  ENGINE_NEEDS_ROOT: [8503, "usage", "A private Docker engine needs root"],
  ENGINE_FAILED: [8504, "unexpected", "The container engine does not start"],
  ENGINE_LEFTOVERS: [8505, "unexpected", "The folder of the container engine cannot be removed"],
  TEE_STATE: [8601, "usage", "The state of the development TEE cannot be used"],
  TEE_BESIDE_HARDWARE: [8602, "refused", "The development TEE does not run on a machine with a real TEE"],
  TEE_SOCKET: [8603, "usage", "The socket of the development TEE cannot be used"],
  TEE_REQUEST: [8604, "usage", "The request to the development TEE is not valid"],
});
