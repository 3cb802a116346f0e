import type { AttestedProvider } from "@apoc/client";
import { readFileIfThere } from "@apoc/client/files";
import { policyDigest, type TrustPolicy } from "@apoc/attestation";
import { fromBase64, patterns } from "@apoc/encoding";
import type { SignedRecord } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Context } from "@apoc/terminal";
import { attestProvider, loadTrustPolicy } from "@apoc/terminal/attestation";
import type { Wallet } from "@apoc/terminal/wallet";
import { resolve } from "node:path";
import { getAddress } from "viem";
import { makeRecord } from "../attestations/make-record.ts";
import { findRecords, saveRecord } from "../attestations/record-store.ts";
import { openRecord } from "../attestations/signed-record.ts";
import { developerErrors } from "../errors.ts";

/** A wrapping key that this developer has attested, now or before. */
export interface AttestedKey {
  readonly provider: `0x${string}`;
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly wrappingKey: Uint8Array;
  readonly chainId: number;
  /** Trust policy that the provider's evidence met. */
  readonly policy: TrustPolicy;
  /** The open connection, where the provider was attested just now. */
  readonly connection?: AttestedProvider;
}

/**
 * Finds the key to grant to: a URL is attested now, a file is a record of before, an address stands for the latest
 * record of that provider here. Records must be signed by this wallet, still valid, and made under the trust policy of
 * now: one of last week's development TEE opens nothing once the policy asks for a real one.
 */
export async function attestedKey(
  ctx: Context,
  text: string,
  wallet: Wallet,
  options: { readonly policy: string | undefined; readonly chainId: number },
): Promise<AttestedKey> {
  if (/^https?:\/\//.test(text)) {
    const connection = await attestProvider(ctx, {
      url: text,
      policy: options.policy,
      expect: { chainId: options.chainId },
    });
    await saveRecord(ctx.config.dataDirectory, await makeRecord(connection, wallet, undefined));
    const { address, keyId, wrappingKey, chainId, policy } = connection;
    return { provider: address, keyId, wrappingKey, chainId, policy, connection };
  }
  const signed = patterns.address.test(text)
    ? await latestRecord(ctx, text, wallet)
    : await recordFile(ctx, text, wallet);
  const { record } = signed;
  if (record.chainId !== options.chainId) {
    throw new ApocError(developerErrors.RECORD_CHAIN, {
      field: text,
      expected: `eip155:${options.chainId}`,
      actual: `eip155:${record.chainId}`,
    });
  }
  const policy = await loadTrustPolicy(ctx, options.policy);
  const digest = policyDigest(policy);
  if (record.policyDigest !== digest) {
    throw new ApocError(developerErrors.RECORD_POLICY, {
      field: text,
      expected: digest,
      actual: record.policyDigest,
      next: { action: "attest-provider" },
    });
  }
  return {
    provider: getAddress(record.provider),
    keyId: record.providerKeyId,
    wrappingKey: fromBase64(record.wrappingKey),
    chainId: record.chainId,
    policy,
  };
}

async function latestRecord(ctx: Context, provider: string, wallet: Wallet): Promise<SignedRecord> {
  const [latest] = await findRecords(ctx.config.dataDirectory, provider);
  if (latest !== undefined) return openRecord(latest.text, latest.path, wallet.address);
  throw new ApocError(developerErrors.RECORD_UNKNOWN, {
    field: provider,
    next: { action: "attest-provider" },
  });
}

async function recordFile(ctx: Context, path: string, wallet: Wallet): Promise<SignedRecord> {
  const text = await readFileIfThere(resolve(ctx.cwd, path));
  if (text !== undefined) return openRecord(text, path, wallet.address);
  throw new ApocError(developerErrors.RECORD_UNKNOWN, {
    field: path,
    expected: "https://provider, a record file, or the address of a provider",
    next: { action: "attest-provider" },
  });
}
