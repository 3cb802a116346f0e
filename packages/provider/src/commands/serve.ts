import { defineCommand } from "@apoc/terminal";
import type { Log } from "../log.ts";
import { configOption, providerWallet, readConfig } from "./config-option.ts";

/** `apoc provider serve` */
export const command = defineCommand({
  description: `
Runs pods until it is stopped. On SIGTERM or Ctrl-C it takes no more requests, takes last readings, claims what was
earned, and ends; the pods run on and the next start adopts them.`,
  options: {
    config: configOption,
    removePods: { flags: "--remove-pods", description: "at the end, remove the pods' containers" },
  },
  examples: [
    { text: "Serve", command: "apoc provider serve --config provider.yaml --password-file password.txt" },
  ],
  async run(ctx, { options }) {
    const config = await readConfig(ctx, options.config);
    const wallet = await providerWallet(ctx, config);
    const { startProvider } = await import("../daemon/index.ts");
    const log: Log = { info: (text) => ctx.ui.note(text), warn: (text) => ctx.ui.warn(text) };
    const provider = await startProvider({ config, account: wallet.account, env: ctx.env, log });
    ctx.ui.notice(`ready on ${provider.url}`);
    ctx.output.line({ url: provider.url, provider: wallet.address }, provider.url);
    await aborted(ctx.signal);
    ctx.ui.notice("stopping: last readings and claims");
    await provider.stop({ removePods: options.removePods });
  },
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
