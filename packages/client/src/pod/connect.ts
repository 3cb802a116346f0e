import { ProviderClient } from "@apoc/core";
import { equalBytes, fromBase64, toBase64 } from "@apoc/encoding";
import { attestProvider } from "../attestation/attest-provider.ts";
import type { ClientPorts } from "../ports.ts";
import { type Deployment, payingChannel } from "./record.ts";

/** What connecting to the provider of a deployment needs. */
export type ConnectPorts = Pick<
  ClientPorts,
  "policy" | "collateral" | "connect" | "records" | "clock" | "signal" | "onEvent"
>;

/** A connection to the provider of a deployment. */
export interface ProviderConnection {
  readonly client: ProviderClient;
  close(): Promise<void>;
}

/**
 * Connects to the provider of a deployment over the TLS key that was attested. Where it shows another one, as after a
 * restart, it is attested again, must be the same account, and its new keys are recorded.
 * Throws PROVIDER_UNREACHABLE and what `attestProvider` throws.
 */
export async function connectProvider(
  ports: ConnectPorts,
  deployment: Deployment,
): Promise<ProviderConnection> {
  const connection = ports.connect();
  const { providerUrl, chainId } = deployment;
  const { terms } = payingChannel(deployment);
  try {
    const client = new ProviderClient(providerUrl, { fetch: connection.fetch, signal: ports.signal });
    await client.info();
    const shown = connection.peerKey(new URL(providerUrl).origin);
    const known = fromBase64(deployment.tlsKey);
    if (shown === undefined ? known.length === 0 : equalBytes(shown, known)) {
      return { client, close: () => connection.close() };
    }
  } catch (error) {
    await connection.close();
    throw error;
  }
  await connection.close();
  ports.onEvent({ type: "provider-keys-changed", deployment });
  const attested = await attestProvider(ports, providerUrl, { chainId, provider: terms.header.provider });
  await ports.records.save({
    ...deployment,
    tlsKey: toBase64(attested.tlsKey),
    wrappingKey: toBase64(attested.wrappingKey),
  });
  return attested;
}
