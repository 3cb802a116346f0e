import { randomBytes } from "node:crypto";
import {
  type AttestationResult,
  assertAffirming,
  attestationErrors,
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
import { checkLabels } from "./check-labels.ts";
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
}

/**
 * Attests a provider with a fresh nonce over a connection whose TLS key must be the one that the evidence binds, and
 * says on standard error what was found. Throws PROVIDER_URL, TRUST_POLICY_MISSING, PROVIDER_UNREACHABLE, and the error of the
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
    const evidence = await client.attest(`0x${Buffer.from(nonce).toString("hex")}`);
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
    report(ctx, url, nonce, result, keyId, options.listChecks === true);
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

function report(
  { ui }: Context,
  url: URL,
  nonce: Uint8Array,
  result: AttestationResult,
  keyId: string,
  listChecks: boolean,
): void {
  const { claims, kind, checks } = result;
  const nonceText = Buffer.from(nonce).toString("hex").slice(0, 8);
  ui.note(`Attester   ${url.host}  ${getAddress(claims.provider)}   nonce ${nonceText}… (fresh)`);
  for (const check of checks) {
    if (!listChecks && check.verdict !== "fail") continue;
    const label = checkLabels[check.name] ?? check.name;
    const error = attestationErrors[check.name];
    if (check.verdict === "pass") ui.step(label, "holds");
    else if (check.verdict === "fail")
      ui.failed(label, `${error.code}: ${error.title}. ${difference(check)}`);
    else ui.skipped(label, result.status === "affirming" ? "not asked for" : "not asked for, or not reached");
  }
  if (result.status === "affirming") {
    const passed = checks.filter(({ verdict }) => verdict === "pass").length;
    ui.step(
      "Evidence",
      `${kind}, ${passed} checks hold, key ${keyId.slice(0, 8)}…, until ${result.expiresAt}`,
    );
  } else ui.failed("Evidence", `${kind}, not affirming`);
  if (result.development) {
    ui.warn(
      "DEVELOPMENT TEE. This evidence proves nothing about hardware: whoever runs the provider can read\n" +
        "images, keys and data. Your trust policy accepts it; never do so outside of tests.",
    );
  }
}

function difference({ expected, actual }: AttestationResult["checks"][number]): string {
  const short = (text = "") => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
  return `Expected ${short(expected)}, found ${short(actual)}`;
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
