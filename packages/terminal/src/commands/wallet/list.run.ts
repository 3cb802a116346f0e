import type { Context } from "../../context.ts";
import type { RunResult } from "../../command/command.ts";
import { listWallets } from "../../wallet/index.ts";

/** Runs `apoc wallet list`. */
export async function run(ctx: Context): RunResult {
  const standard = ctx.flags.wallet ?? (await ctx.config.load()).wallet;
  const wallets = (await listWallets(ctx)).map(({ name, address, path }) => ({
    name,
    address: address ?? null,
    path,
    default: name === standard,
  }));
  ctx.output.result(wallets, ({ table }) =>
    table(wallets, [
      { title: "NAME", value: ({ name }) => name },
      { title: "ADDRESS", value: ({ address }) => address ?? "hidden" },
      { title: "DEFAULT", value: (wallet) => (wallet.default ? "yes" : "") },
    ]),
  );
}
