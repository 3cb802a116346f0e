import { randomBytes } from "node:crypto";
import {
  type AttestationResult,
  assertAffirming,
  type CollateralServices,
  collateralMoment,
  completeEvidence,
  type Evidence,
  providerKeyId,
  verifyEvidence,
} from "@apoc/attestation";
import { ProviderClient } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { getAddress } from "viem/utils";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import { createPinnedFetch } from "../http/pinned-fetch.ts";
import { openCollateral } from "./collateral.ts";
import { reportResult } from "./report-result.ts";
import { loadTrustPolicy } from "./trust-policy.ts";

/** A provider whose evidence was affirmed, and the connection that the evidence vouches for. */
export interface AttestedProvider {
  readonly url: string;
  /** Speaks to the attested TLS key only. */
  readonly client: ProviderClient;
  /** Checksummed (EIP-55). */
  readonly address: `0x${string}`;
  readonly chainId: number;
  /** SubjectPublicKeyInfo (DER) that grants and secrets are encrypted to. */
  readonly wrappingKey: Uint8Array;
  /** Lower-case hexadecimal SHA-256 of the wrapping key. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo (DER) of the TLS key; empty where the provider has none. */
  readonly tlsKey: Uint8Array;
  readonly evidence: Evidence;
  readonly result: AttestationResult;
  /** Closes the connection. */
  close(): Promise<void>;
}

export interface AttestProviderOptions {
  readonly url: string;
  /** Trust policy file; otherwise the configured one. */
  readonly policy?: string | undefined;
  /** Chain and account that the evidence must name. */
  readonly expect?: { readonly chainId?: number; readonly provider?: `0x${string}` };
  /** Lists every check with its verdict; otherwise only failures and one line. */
  readonly listChecks?: boolean;
  /** Where collateral that the provider left out comes from; AMD and Intel, kept in the data folder, unless given. */
  readonly collateral?: CollateralServices;
}

/**
 * Attests a provider with a fresh nonce over a connection whose TLS key must be the one that the evidence binds, and
 * says on standard error what was found. Throws PROVIDER_URL, TRUST_POLICY_MISSING, PROVIDER_UNREACHABLE, COLLATERAL_UNREACHABLE
 * and its like, and the error of the
 * first failed check (codes 3xxx).
 */
export async function attestProvider(
  ctx: Context,
  options: AttestProviderOptions,
): Promise<AttestedProvider> {
  const url = providerUrl(options.url);
  const policy = await loadTrustPolicy(ctx, options.policy);
  const connection = createPinnedFetch();
  try {
    const client = new ProviderClient(url.href, { fetch: connection.fetch, signal: ctx.signal });
    const nonce = new Uint8Array(randomBytes(32));
    const given = await client.attest(`0x${Buffer.from(nonce).toString("hex")}`);
    const services = options.collateral ?? openCollateral(ctx);
    const evidence = await completeEvidence(given, services, collateralMoment(policy, new Date()));
    const { claims } = evidence;
    const peerKey = connection.peerKey(url.origin);
    if (url.protocol === "https:" && peerKey === undefined) {
      throw new ApocError(terminalErrors.PEER_KEY_CHANGED, { field: url.origin, expected: "a TLS key" });
    }
    const result = await verifyEvidence(evidence, {
      nonce,
      policy,
      expect: {
        ...options.expect,
        // Evidence that binds no TLS key is for providers without TLS of their own, on this machine.
        ...(peerKey === undefined ? {} : { tlsKey: peerKey }),
      },
    });
    const keyId = providerKeyId(claims.wrappingKey);
    const nonceText = Buffer.from(nonce).toString("hex").slice(0, 8);
    ctx.ui.note(`Attester   ${url.host}  ${getAddress(claims.provider)}   nonce ${nonceText}… (fresh)`);
    reportResult(ctx, result, { keyId, listChecks: options.listChecks === true });
    assertAffirming(result);
    return {
      url: client.url,
      client,
      address: getAddress(claims.provider),
      chainId: Number(claims.chainId),
      wrappingKey: claims.wrappingKey,
      keyId,
      tlsKey: claims.tlsKey,
      evidence,
      result,
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** TLS everywhere but on this machine: attestation proves the key, but plain HTTP has none. */
function providerUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url?.hostname ?? "");
  if (url?.protocol === "https:" || (url?.protocol === "http:" && loopback)) return url;
  throw new ApocError(terminalErrors.PROVIDER_URL, {
    field: "provider",
    expected: "https://HOST[:PORT], or http:// on this machine",
    actual: text,
  });
}
