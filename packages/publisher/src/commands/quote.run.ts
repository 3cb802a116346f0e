import { toWire } from "@apoc/core";
import { codedError, type Context, renderError, type RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { walletAddress } from "../account.ts";
import { readManifest } from "../manifest/read-manifest.ts";
import { breakdownDocument, renderBreakdown, renderMarketplaceNotice } from "../price/render-breakdown.ts";
import { planPod } from "../quote/plan-pod.ts";
import { failedCheck, reportChecks } from "../quote/report-checks.ts";

interface Input {
  readonly args: { readonly manifest: string };
  readonly options: {
    readonly provider: string;
    readonly for: number;
    readonly offer: readonly string[];
    readonly secret: readonly string[];
    readonly policy: string | undefined;
  };
}

/** Runs `apoc pod quote`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const pod = await readManifest(ctx, args.manifest, options.secret);
  const chain = await openChain(ctx);
  const plan = await planPod(ctx, chain, {
    pod,
    providerUrl: options.provider,
    publisher: await walletAddress(ctx),
    seconds: Math.floor(options.for / 1000),
    offers: options.offer,
    policy: options.policy,
  });
  await plan.provider.close();
  const { quote, view, provider, pinned } = plan;
  reportChecks(ctx.ui, quote.checks);
  const failure = failedCheck(quote.checks, provider.url);
  if (failure !== undefined) {
    ctx.ui.notice(renderError(codedError(failure), ctx.ui.paint, ctx.flags.trace));
  }
  const lines = [...renderMarketplaceNotice(view), ...renderBreakdown(view)];
  ctx.output.result(
    {
      provider: provider.address,
      checks: quote.checks,
      images: [...pinned.images.values()].map(({ named, reference }) => ({ named, reference })),
      price: breakdownDocument(view),
      channel: toWire(quote.channel),
    },
    lines.join("\n"),
  );
  return failure?.descriptor.kind;
}
