import { listPods, type OpenChain, payingChannel } from "@apoc/client";
import { formatRunway } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { podPorts } from "../ports/pod-ports.ts";

interface Input {
  readonly options: { readonly all: boolean };
}

/** Runs `apoc pod list`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const { records } = await podPorts(ctx);
  const shown = (await records.list()).some(({ state }) => options.all || state !== "closed");
  const pods = await listPods(records, shown ? await connected(ctx) : undefined, options);
  const rows = pods.map(({ deployment, state, account }) => ({
    name: deployment.name,
    publisher: deployment.publisher,
    podId: deployment.podId,
    channel: payingChannel(deployment).id,
    state,
    runway: account === undefined ? "unknown" : formatRunway(account.runway),
    provider: deployment.providerUrl,
    network: deployment.network,
    address: deployment.address ?? null,
    createdAt: deployment.createdAt,
  }));
  ctx.output.result(rows, ({ table }) =>
    table(rows, [
      { title: "NAME", value: ({ name }) => name },
      { title: "POD", value: ({ podId }) => `${podId.slice(0, 10)}…` },
      { title: "STATE", value: ({ state }) => state },
      { title: "RUNWAY", value: ({ runway }) => runway, align: "right" },
      { title: "PROVIDER", value: ({ provider }) => provider },
      { title: "ADDRESS", value: ({ address }) => address ?? "-" },
    ]),
  );
}

/** A list is still worth something while the chain does not answer. */
async function connected(ctx: Context): Promise<OpenChain | undefined> {
  try {
    return await openChain(ctx);
  } catch (error) {
    if (!isApocError(error)) throw error;
    ctx.ui.warn(`${error.code}: ${error.descriptor.title}. States are those of the last command.`);
    return undefined;
  }
}
