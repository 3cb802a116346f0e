import { fromBase64, toBase64 } from "@apoc/encoding";
import { ProviderClient } from "@apoc/core";
import type { Context } from "@apoc/terminal";
import { attestProvider } from "@apoc/terminal/attestation";
import { pinnedConnection } from "@apoc/client/node";
import type { Deployment } from "../deployment/record.ts";
import { openDeployments } from "../deployment/store.ts";

/** A connection to the provider of a deployment. */
export interface ProviderConnection {
  readonly client: ProviderClient;
  close(): Promise<void>;
}

/**
 * Connects to the provider of a deployment over the TLS key that was attested. Where it shows another one, as after a
 * restart, it is attested anew, must be the same account, and its new keys are remembered.
 */
export async function connectProvider(
  ctx: Context,
  deployment: Deployment,
  policy?: string,
): Promise<ProviderConnection> {
  const connection = pinnedConnection();
  const client = new ProviderClient(deployment.providerUrl, {
    fetch: connection.fetch,
    signal: ctx.signal,
  });
  await client.info();
  const shown = connection.peerKey(new URL(deployment.providerUrl).origin);
  const known = fromBase64(deployment.tlsKey);
  if (shown === undefined ? known.length === 0 : Buffer.compare(shown, known) === 0) {
    return { client, close: () => connection.close() };
  }
  await connection.close();
  ctx.ui.note("The provider shows other keys than when the pod was deployed; attesting it anew.");
  const attested = await attestProvider(ctx, {
    url: deployment.providerUrl,
    policy,
    expect: { chainId: deployment.chainId, provider: deployment.terms.header.provider },
  });
  await openDeployments(ctx.config.dataDirectory).save({
    ...deployment,
    tlsKey: toBase64(attested.tlsKey),
    wrappingKey: toBase64(attested.wrappingKey),
  });
  return attested;
}
