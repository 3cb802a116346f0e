import { chainError, readContracts } from "@apoc/client";
import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { openChain } from "../../chain/index.ts";

/** Runs `apoc chain status`. */
export async function run(ctx: Context): RunResult {
  const chain = await openChain(ctx);
  const head = await chain.client.getBlock().catch((error: unknown) => {
    throw chainError(error, "head");
  });
  const age = Math.max(0, Math.floor(Date.now() / 1000) - Number(head.timestamp));
  const contracts = await readContracts(chain);
  const { name } = chain.network;
  const value = {
    name,
    chain: chain.caip2,
    head: head.number,
    hash: head.hash,
    ageSeconds: age,
    contracts,
  };
  ctx.output.result(value, ({ table }) =>
    table(
      [
        ["network", `${name} (${chain.caip2})`],
        ["head", `${head.number}, ${age} s old`],
        ...contracts.map(({ contract, address, deployed }) => [
          contract,
          address === null ? "not configured" : `${address}${deployed ? "" : " (no code there)"}`,
        ]),
      ],
      [
        { title: "", value: (row) => row[0] ?? "" },
        { title: "", value: (row) => row[1] ?? "" },
      ],
    ).trimStart(),
  );
}
