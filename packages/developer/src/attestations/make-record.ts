import { createRecord } from "@apoc/attestation";
import { type SignedRecord, signRecord } from "@apoc/core";
import type { Wallet } from "@apoc/terminal/wallet";
import type { AttestedProvider } from "@apoc/client";

/** Makes the developer's signed record of an affirmed provider, valid for at most `maxAge` milliseconds. */
export async function makeRecord(
  { evidence, result }: AttestedProvider,
  wallet: Wallet,
  maxAge: number | undefined,
): Promise<SignedRecord> {
  const limit = maxAge === undefined ? undefined : Date.parse(result.evaluatedAt) + maxAge;
  const expiresAt =
    limit === undefined || limit >= Date.parse(result.expiresAt)
      ? result.expiresAt
      : `${new Date(limit).toISOString().slice(0, 19)}Z`;
  return signRecord(createRecord(evidence, { ...result, expiresAt }), wallet.account);
}
