import type { Evidence } from "@apoc/attestation";
import type { Address } from "viem";
import { configurationDigest, type ProviderConfig } from "../config/index.ts";
import type { Log } from "../log.ts";
import {
  answerNonce,
  attesterWarnings,
  checkOwnEvidence,
  createProviderKeys,
  createTlsIdentity,
  openAttester,
  type ProviderKeys,
  type TlsIdentity,
} from "../tee/index.ts";

/** The TEE that this process runs in, and the keys that its evidence binds. */
export interface Tee {
  readonly keys: ProviderKeys;
  readonly tls: TlsIdentity;
  readonly development: boolean;
  /** Answers a nonce of 32 bytes. */
  attest(nonce: Uint8Array): Promise<Evidence>;
}

/** Opens the configured attester, makes the keys, and checks the own evidence. @throws ATTESTER_…, TEE_… */
export async function openTee(config: ProviderConfig, provider: Address, log: Log): Promise<Tee> {
  const attester = openAttester(config);
  const binding = { configurationDigest: configurationDigest(config), chainId: config.chain.id, provider };
  const keys = await createProviderKeys(attester, binding);
  const tls = await createTlsIdentity([config.listen.host, "localhost"]);
  const subject = { ...binding, keys, tlsKey: tls.spki };
  await checkOwnEvidence(attester, subject);
  for (const warning of attesterWarnings(attester)) log.warn(warning);
  const { wrapping, meter } = keys;
  log.info(`evidence self-check passed, key ${wrapping.keyId.slice(0, 16)} bound, meter ${meter.address}`);
  return {
    keys,
    tls,
    development: attester.development,
    attest: (nonce) => answerNonce(attester, subject, nonce),
  };
}
