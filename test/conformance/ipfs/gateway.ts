import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type BlockSource, type Cid, parseCid } from "@apoc/oci";
import { isApocError } from "@apoc/errors";

/** Answers a request for a block in place of the gateway; gives whether it did. */
export type Fault = (context: {
  readonly cid: Cid;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The block, where the gateway has it. */
  readonly block: () => Promise<Uint8Array>;
}) => boolean | Promise<boolean>;

/** A trustless gateway of raw blocks on loopback (trustless gateway specification, `format=raw`). */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** CIDs in the order of the requests. */
  readonly requests: string[];
  /** What the gateway does wrong from now on. */
  fault: Fault | undefined;
}

/** Serves blocks of any place. */
export async function serveGateway(blocks: BlockSource): Promise<Gateway> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(isApocError(error) && error.descriptor.name === "BLOCK_MISSING" ? 404 : 500);
      response.end(String(error));
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, text] = /^\/ipfs\/([a-z0-9]+)\?format=raw$/.exec(request.url ?? "") ?? [];
    if (text === undefined || request.headers.accept !== "application/vnd.ipld.raw") {
      response.writeHead(400).end("only blocks");
      return;
    }
    const cid = parseCid(text);
    requests.push(text);
    const block = () => blocks.get(cid);
    if ((await gateway.fault?.({ cid, request, response, block })) === true) return;
    const bytes = await block();
    response.writeHead(200, { "content-type": "application/vnd.ipld.raw", "content-length": bytes.length });
    response.end(bytes);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const gateway: Gateway = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    fault: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return gateway;
}
