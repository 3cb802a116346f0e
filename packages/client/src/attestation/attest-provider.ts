import {
  type AttestationResult,
  assertAffirming,
  collateralMoment,
  completeEvidence,
  type Evidence,
  providerKeyId,
  type TrustPolicy,
  verifyEvidence,
} from "@apoc/attestation";
import { ProviderClient } from "@apoc/core";
import { toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type Address, getAddress } from "viem";
import { clientErrors } from "../errors.ts";
import type { ClientPorts, EventListener } from "../ports.ts";
import type { AttestationEvent } from "./events.ts";

/** A provider whose evidence was affirmed, and the connection that the evidence vouches for. */
export interface AttestedProvider {
  readonly url: string;
  /** Speaks to the attested TLS key only. */
  readonly client: ProviderClient;
  /** Checksummed (EIP-55). */
  readonly address: Address;
  readonly chainId: number;
  /** SubjectPublicKeyInfo (DER) that grants and secrets are encrypted to. */
  readonly wrappingKey: Uint8Array;
  /** Lower-case hexadecimal SHA-256 of the wrapping key. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo (DER) of the TLS key; empty where the provider has none. */
  readonly tlsKey: Uint8Array;
  readonly evidence: Evidence;
  /** Trust policy that the evidence met. */
  readonly policy: TrustPolicy;
  readonly result: AttestationResult;
  /** Closes the connection. */
  close(): Promise<void>;
}

/** What attesting a provider needs. */
export interface AttestationPorts
  extends Pick<ClientPorts, "policy" | "collateral" | "connect" | "clock" | "signal"> {
  readonly onEvent: EventListener<AttestationEvent>;
}

/** Chain and account that evidence must name. */
export interface ProviderExpectation {
  readonly chainId?: number;
  readonly provider?: Address;
}

/**
 * Attests a provider with a fresh nonce over a connection whose TLS key must be the one that the evidence binds. The
 * caller closes what it gets.
 * Throws PROVIDER_URL, PROVIDER_UNREACHABLE, PEER_KEY_CHANGED, COLLATERAL_UNREACHABLE and its like, what the trust
 * policy's source throws, and the error of the first failed check (codes 3xxx).
 */
export async function attestProvider(
  { policy: readPolicy, collateral, connect, clock, signal, onEvent }: AttestationPorts,
  address: string,
  expect: ProviderExpectation = {},
): Promise<AttestedProvider> {
  const url = parseProviderUrl(address);
  const policy = await readPolicy();
  const connection = connect();
  try {
    const client = new ProviderClient(url.href, { fetch: connection.fetch, signal });
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    const given = await client.attest(`0x${toHex(nonce)}`);
    const evidence = await completeEvidence(given, collateral, collateralMoment(policy, clock.now()));
    const { claims } = evidence;
    const peerKey = connection.peerKey(url.origin);
    if (url.protocol === "https:" && peerKey === undefined) {
      throw new ApocError(clientErrors.PEER_KEY_CHANGED, { field: url.origin, expected: "a TLS key" });
    }
    const result = await verifyEvidence(evidence, {
      nonce,
      policy,
      expect: {
        ...expect,
        // Evidence that binds no TLS key is for providers without TLS of their own, on this machine.
        ...(peerKey === undefined ? {} : { tlsKey: peerKey }),
      },
    });
    const provider = getAddress(claims.provider);
    const keyId = providerKeyId(claims.wrappingKey);
    onEvent({ type: "evidence-appraised", url: client.url, provider, nonce: toHex(nonce), keyId, result });
    assertAffirming(result);
    return {
      url: client.url,
      client,
      address: provider,
      chainId: Number(claims.chainId),
      wrappingKey: claims.wrappingKey,
      keyId,
      tlsKey: claims.tlsKey,
      evidence,
      policy,
      result,
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** TLS everywhere but on this machine: attestation proves the key, but plain HTTP has none. */
function parseProviderUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url?.hostname ?? "");
  if (url?.protocol === "https:" || (url?.protocol === "http:" && loopback)) return url;
  throw new ApocError(clientErrors.PROVIDER_URL, {
    field: "provider",
    expected: "https://HOST[:PORT], or http:// on this machine",
    actual: text,
  });
}
