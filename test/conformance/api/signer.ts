import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  encodeAuthorization,
  type PodAction,
  type PodIdentity,
  providerRoutes,
  type Route,
  signRequest,
  walletRequests,
} from "@apoc/core";
import { fromHex } from "@apoc/encoding";
import type { Stage } from "apoc/demo";
import { type Address, createPublicClient, type Hex, http, type LocalAccount } from "viem";

/** A server on loopback that signs requests about pods as a publisher. */
export interface Signer {
  readonly url: string;
  close(): void;
}

/**
 * Answers `{method, path, body}` (body in hex) with the value of the `Authorization` header that the provider wants:
 * the other program sends any bytes that it likes, and check 1 passes them on.
 */
export async function serveSigner(stage: Stage, publisher: LocalAccount): Promise<Signer> {
  const client = createPublicClient({ transport: http(stage.chain.url) });
  const sign = async (method: string, path: string, body: Uint8Array) => {
    const head = await client.getBlockNumber();
    const block = await client.getBlock({ blockNumber: head > 2n ? head - 2n : 0n });
    const authorization = await signRequest(
      {
        action: actionOf(method, path),
        pod: podOf(path, publisher.address),
        provider: stage.roles.sofia.address,
        body,
        block: { number: block.number, hash: block.hash },
        chainId: 31337,
        contract: stage.contracts.paymentChannel,
        now: Math.floor(Date.now() / 1000),
      },
      walletRequests(publisher),
    );
    return encodeAuthorization(authorization);
  };
  const answer = async (request: IncomingMessage): Promise<string> => {
    const text = Buffer.concat(await Array.fromAsync(request)).toString();
    const { method, path, body } = JSON.parse(text) as Record<"method" | "path" | "body", string>;
    return sign(method, path, fromHex(body));
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (authorization) => response.end(authorization),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}

/** The pod of a path, if it names one. */
function podOf(path: string, publisher: Address): PodIdentity {
  const podId = /^\/v1\/pods\/[^/]*\/(0x[0-9a-f]{64})/.exec(path)?.[1] as Hex | undefined;
  return { publisher, podId: podId ?? `0x${"00".repeat(32)}` };
}

/** The action that a route wants signed; `update` where there are two, since the pods run. */
function actionOf(method: string, path: string): PodAction {
  const logs = /^\/v1\/pods\/[^/]*\/[^/]*\/logs/.test(path);
  const keys = /^\/v1\/pods\/[^/]*\/[^/]*\/keys/.test(path);
  const routes: readonly Route[] = Object.values(providerRoutes) as unknown as readonly Route[];
  const found = routes.find(
    (route) =>
      route.method === method &&
      route.path.endsWith("/logs") === logs &&
      route.path.endsWith("/keys") === keys &&
      route.actions,
  );
  return found?.actions?.at(-1) ?? "status";
}
