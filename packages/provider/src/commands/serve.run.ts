import { ApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { startProvider } from "../daemon/index.ts";
import { providerErrors } from "../errors.ts";
import type { Log } from "../log.ts";
import { providerWallet, readConfig } from "./read-config.ts";

interface Input {
  readonly options: { readonly config: string; readonly removePods: boolean };
}

/** Runs `apoc provider serve`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const wallet = await providerWallet(ctx, config);
  const log: Log = { info: (text) => ctx.ui.note(text), warn: (text) => ctx.ui.warn(text) };
  const provider = await startProvider({ config, account: wallet.account, env: ctx.env, log });
  ctx.ui.notice(`ready on ${provider.url}`);
  ctx.output.line({ url: provider.url, provider: wallet.address }, provider.url);
  await aborted(AbortSignal.any([ctx.signal, provider.lost]));
  if (!provider.lost.aborted) ctx.ui.notice("stopping: last readings and claims");
  await provider.stop({ removePods: options.removePods });
  if (provider.lost.aborted) throw new ApocError(providerErrors.LEASE_LOST, { field: config.dataDir });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
