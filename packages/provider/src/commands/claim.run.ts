import { apiErrors } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { Claimer, openProviderChain } from "../claims/index.ts";
import { systemClock } from "../clock.ts";
import { providerErrors } from "../errors.ts";
import { describeError } from "../log.ts";
import { openSqliteState } from "../state/sqlite/index.ts";
import { providerWallet, readConfig } from "./read-config.ts";

interface Input {
  readonly args: { readonly channels: readonly string[] };
  readonly options: { readonly config: string; readonly all: boolean };
}

/** Runs `apoc provider claim`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const config = await readConfig(ctx, options.config);
  const state = await openSqliteState(config.dataDir);
  try {
    const channels = (await state.pods.all())
      .flatMap((pod) => pod.channels.map((channel) => ({ pod: pod.name, channel })))
      .filter(({ channel }) => options.all || args.channels.includes(channel.id));
    const unknown = args.channels.find((id) => !channels.some(({ channel }) => channel.id === id));
    if (unknown !== undefined || channels.length === 0) {
      throw new ApocError(apiErrors.POD_UNKNOWN, {
        field: unknown ?? "channel",
        next: { action: "run", subject: "apoc provider pods" },
      });
    }
    const { account } = await providerWallet(ctx, config);
    const claimer = new Claimer({
      state,
      chain: openProviderChain(config.chain, account, ctx.signal),
      clock: systemClock,
      log: { info: (text) => ctx.ui.detail(text), warn: (text) => ctx.ui.detail(text) },
      minimum: 0n,
    });
    const results = [];
    for (const { pod, channel } of channels) {
      const result = await claimer.claim(channel);
      if (result.error === undefined) ctx.ui.step(pod, `${result.claimed} of ${result.metered} base units`);
      else ctx.ui.failed(pod, describeError(result.error));
      results.push(result);
    }
    const failed = results.filter(({ error }) => error !== undefined);
    const rows = results.map(({ error, ...rest }) => ({
      ...rest,
      ...(error === undefined ? {} : { error: describeError(error) }),
    }));
    ctx.output.result(rows, rows.map((row) => `${row.channel} ${row.claimed}`).join("\n"));
    const [first] = failed;
    if (first === undefined) return undefined;
    ctx.ui.warn(new ApocError(providerErrors.CLAIM_FAILED, { field: first.channel }).message);
    return isApocError(first.error) ? first.error.descriptor.kind : "unexpected";
  } finally {
    await state.close();
  }
}
