import { once } from "node:events";
import { createServer } from "node:http";
import { signBlockStatement, toWire } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { describeError } from "../../log.ts";

/** Seconds for which a signed statement is given out again. */
const reuseSeconds = 2;

/** `apoc provider monitor serve` */
export const command = defineCommand({
  description: `
Answers GET with a signed statement of a recent block of the network's RPC. Providers that name this monitor in their
policy start nothing when it sees another chain than they do, or has not spoken lately: a forked or stopped RPC cannot
deceive them alone. Signs with the wallet, which needs no funds.`,
  options: {
    listen: {
      flags: "--listen <host:port>",
      description: "where to answer",
      default: "127.0.0.1:8444",
      parse: parseListen,
    },
    depth: {
      flags: "--depth <blocks>",
      description: "how far below the head, so that providers have the block already",
      default: "1",
      parse: parseDepth,
    },
  },
  examples: [{ text: "For other providers", command: "apoc provider monitor serve --wallet monitor" }],
  async run(ctx, { options }) {
    const chain = await openChain(ctx);
    const { account, address } = await openWallet(ctx);
    let last: { at: number; body: Promise<string> } | undefined;
    const sign = async () => {
      const head = await chain.client.getBlockNumber();
      const block = await chain.client.getBlock({
        blockNumber: head > options.depth ? head - options.depth : 0n,
      });
      const seenAt = Math.floor(Date.now() / 1000);
      const statement = { number: block.number, hash: block.hash, seenAt };
      return JSON.stringify(toWire(await signBlockStatement(chain.chainId, statement, account)));
    };
    const statement = () => {
      if (last === undefined || Date.now() - last.at > reuseSeconds * 1000)
        last = { at: Date.now(), body: sign() };
      return last.body;
    };
    const server = createServer((request, response) => {
      request.resume();
      if (request.method !== "GET") {
        response.writeHead(405).end();
        return;
      }
      statement().then(
        (body) =>
          response
            .writeHead(200, { "content-type": "application/json", "cache-control": "no-store" })
            .end(body),
        (error: unknown) => {
          last = undefined;
          ctx.ui.warn(describeError(error));
          response.writeHead(503).end();
        },
      );
    });
    server.listen(options.listen.port, options.listen.host);
    await once(server, "listening");
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : options.listen.port;
    const url = `http://${options.listen.host}:${port}/block`;
    ctx.ui.notice(`monitor ${address} ready on ${url}`);
    ctx.output.line({ url, monitor: address }, url);
    if (!ctx.signal.aborted) await once(ctx.signal, "abort");
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  },
});

function parseListen(text: string): { host: string; port: number } {
  const match = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) {
    throw new ApocError(terminalErrors.USAGE, { field: "--listen", expected: "host:port", actual: text });
  }
  return { host: match[1]!, port: Number(match[2]) };
}

function parseDepth(text: string): bigint {
  if (/^\d{1,6}$/.test(text)) return BigInt(text);
  throw new ApocError(terminalErrors.USAGE, {
    field: "--depth",
    expected: "a number of blocks",
    actual: text,
  });
}
