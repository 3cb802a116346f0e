import { codedError, defineCommand, parseDuration, renderError } from "@apoc/terminal";

/** `apoc pod quote`: the same as deploying, up to the first signature. */
export const command = defineCommand({
  description:
    "Attests the provider, asks it to run every check that needs no payment, verifies its quote, and shows the price. Needs\n" +
    "no password. Exits 6 where a check fails.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    provider: { flags: "--provider <url>", description: "provider to ask", required: true },
    for: {
      flags: "--for <time>",
      description: "how long the deposit lasts, such as 30d",
      default: "1d",
      parse: parseDuration,
    },
    offer: {
      flags: "--offer <container=index>",
      description: "take this offer of a license instead of the cheapest",
      multiple: true,
    },
    secret: {
      flags: "--secret <name=@file>",
      description: "a secret that the manifest names",
      multiple: true,
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [
    {
      text: "Price for a month",
      command: "apoc pod quote pod.yaml --provider https://provider.example --for 30d",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { toWire },
      { openChain },
      { walletAddress },
      { readManifest },
      { breakdownDocument, renderBreakdown, renderMarketplaceNotice },
      { planPod },
      { failedCheck, reportChecks },
    ] = await Promise.all([
      import("@apoc/core"),
      import("@apoc/terminal/chain"),
      import("../account.ts"),
      import("../manifest/read-manifest.ts"),
      import("../price/render-breakdown.ts"),
      import("../quote/plan-pod.ts"),
      import("../quote/report-checks.ts"),
    ]);
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
    return failure?.descriptor.exit;
  },
});
