import { once } from "node:events";
import { createServer } from "node:http";
import { signBlockStatement, toWire } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { describeError } from "../../log.ts";

/** Seconds for which a signed statement is given out again. */
const reuseSeconds = 2;

interface Input {
  readonly options: {
    readonly listen: { readonly host: string; readonly port: number };
    readonly depth: bigint;
  };
}

/** Runs `apoc provider monitor serve`. */
export async function run(ctx: Context, { options }: Input): RunResult {
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
}
