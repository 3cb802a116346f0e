import { type OpenChain, readContracts } from "@apoc/client";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findEngineSocket } from "@apoc/provider/engine";
import type { Context } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { readWallet, selectWallet } from "@apoc/terminal/wallet";
import type { Check, Role } from "./check.ts";

const everybody: readonly Role[] = ["dev", "pod", "provider"];
const leastNode = [22, 19] as const;
/** Seconds: an older head means that the endpoint does not follow the chain. */
const oldestHead = 120;

/** All checks, in the order in which their cures must be applied. */
export function doctorChecks(ctx: Context): readonly Check[] {
  let connected: Promise<OpenChain> | undefined;
  const chain = () => (connected ??= openChain(ctx));
  return [
    {
      name: "Node",
      roles: everybody,
      cure: "npm install --global node@24",
      async run() {
        const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
        if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return process.version;
        throw new Error(`${process.version}, needed is ${leastNode.join(".")} or later`);
      },
    },
    {
      name: "Configuration",
      roles: everybody,
      async run() {
        const { networks } = await ctx.config.load();
        return `${ctx.config.path}, ${Object.keys(networks).length} networks`;
      },
    },
    {
      name: "Wallet",
      roles: everybody,
      async run() {
        const { name, address } = await readWallet(ctx, await selectWallet(ctx));
        return `${name} ${address ?? "(address hidden)"}`;
      },
    },
    {
      name: "Chain",
      roles: everybody,
      async run() {
        const { client, caip2 } = await chain();
        const head = await client.getBlock();
        const age = Math.max(0, Math.floor(Date.now() / 1000) - Number(head.timestamp));
        if (age > oldestHead) throw new Error(`head ${head.number} of ${caip2} is ${age} s old`);
        return `${caip2}, head ${head.number}, ${age} s old`;
      },
    },
    {
      name: "Contracts",
      roles: everybody,
      cure: "apoc chain add NAME --replace --payment-channel ADDRESS --token ADDRESS …",
      async run() {
        const contracts = await readContracts(await chain());
        const missing = contracts.filter(({ deployed }) => !deployed).map(({ contract }) => contract);
        if (missing.length > 0) throw new Error(`no code for ${missing.join(", ")}`);
        return contracts.map(({ contract }) => contract).join(", ");
      },
    },
    {
      name: "Container engine",
      roles: ["provider"],
      async run() {
        const { name, version, socket, rootless } = await findEngineSocket(ctx.env);
        return `${name} ${version} at ${socket}${rootless ? ", rootless" : ""}`;
      },
    },
    {
      name: "skopeo",
      roles: ["dev"],
      optional: true,
      cure: "apt-get install skopeo",
      async run() {
        const { stdout } = await promisify(execFile)("skopeo", ["--version"], {
          env: { ...ctx.env },
          signal: ctx.signal,
        });
        return stdout.trim();
      },
    },
  ];
}
