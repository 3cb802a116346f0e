import type { OpenChain } from "@apoc/client";
import { formatRunway } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { readAccount } from "../channel/channel-account.ts";
import { describeState } from "../deployment/describe-state.ts";
import type { Deployment } from "../deployment/record.ts";
import { openDeployments } from "../deployment/store.ts";

interface Input {
  readonly options: { readonly all: boolean };
}

/** Runs `apoc pod list`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const all = await openDeployments(ctx.config.dataDirectory).list();
  const shown = all.filter(({ state }) => options.all || state !== "closed");
  const chain = shown.length === 0 ? undefined : await connected(ctx);
  const rows = await Promise.all(shown.map((deployment) => row(chain, deployment)));
  ctx.output.result(rows, ({ table }) =>
    table(rows, [
      { title: "NAME", value: ({ name }) => name },
      { title: "POD", value: ({ id }) => `${id.slice(0, 10)}…` },
      { title: "STATE", value: ({ state }) => state },
      { title: "RUNWAY", value: ({ runway }) => runway, align: "right" },
      { title: "PROVIDER", value: ({ provider }) => provider },
      { title: "ADDRESS", value: ({ address }) => address ?? "-" },
    ]),
  );
}

async function row(chain: OpenChain | undefined, deployment: Deployment) {
  const { id, name, providerUrl, network, address, createdAt } = deployment;
  const account =
    chain === undefined || chain.network.name !== network ? undefined : await readAccount(chain, deployment);
  return {
    name,
    id,
    state: describeState(deployment, account),
    runway: account === undefined ? "unknown" : formatRunway(account.runway),
    provider: providerUrl,
    network,
    address: address ?? null,
    createdAt,
  };
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
