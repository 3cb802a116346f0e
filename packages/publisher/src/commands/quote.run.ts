import { quotePod } from "@apoc/client";
import { toWire } from "@apoc/core";
import { codedError, type Context, renderError, type RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { walletAddress } from "@apoc/terminal/wallet";
import { readManifest } from "../manifest/read-manifest.ts";
import { podPorts } from "../ports/pod-ports.ts";
import { breakdownDocument, renderBreakdown, renderMarketplaceNotice } from "../price/render-breakdown.ts";
import { parseOffer } from "../quote/parse-offer.ts";
import { reportChecks } from "../quote/report-checks.ts";
import { inOptions } from "./option-fields.ts";

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
  const offers = options.offer.map(parseOffer);
  const chain = await openChain(ctx);
  const ports = { ...(await podPorts(ctx, options)), chain };
  const publisher = await walletAddress(ctx);
  const seconds = Math.floor(options.for / 1000);
  const request = { pod, provider: options.provider, publisher, seconds, offers };
  const { quote, price, provider, pinned, refusal } = await inOptions(() => quotePod(ports, request));
  await provider.close();
  reportChecks(ctx.ui, quote.checks);
  if (refusal !== undefined) {
    ctx.ui.notice(renderError(codedError(refusal), ctx.ui.paint, ctx.flags.trace));
  }
  ctx.output.result(
    {
      provider: provider.address,
      checks: quote.checks,
      images: [...pinned.images.values()].map(({ named, reference }) => ({ named, reference })),
      price: breakdownDocument(price),
      channel: toWire(quote.channel),
    },
    [...renderMarketplaceNotice(price), ...renderBreakdown(price)].join("\n"),
  );
  return refusal?.descriptor.kind;
}
