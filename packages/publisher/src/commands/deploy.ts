import { defineCommand, parseDuration, shellWord } from "@apoc/terminal";

/** `apoc pod deploy`: attest, quote, pay in one transaction, provision, wait. */
export const command = defineCommand({
  description:
    "Attests the provider with a nonce of its own, shows what the pod costs and whom it pays, opens, funds and has the\n" +
    "channel accepted in one transaction, and waits until the pod runs. Given again after a failure, it goes on with the\n" +
    "same channel.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    provider: { flags: "--provider <url>", description: "provider to run it", required: true },
    for: {
      flags: "--for <time>",
      description: "how long the deposit lasts, such as 30d",
      default: "1d",
      parse: parseDuration,
    },
    maxTotal: { flags: "--max-total <amount>", description: "most to deposit, in whole tokens" },
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
    wait: { flags: "--no-wait", description: "return once the provider has taken the pod" },
  },
  examples: [
    {
      text: "Deploy for a month",
      command: "apoc pod deploy pod.yaml --provider https://provider.example --for 30d",
    },
    {
      text: "The same in a script",
      command: "apoc pod deploy pod.yaml --provider https://provider.example --for 30d --yes --max-total 94",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [{ openChain }, { openWallet }, { findResumable }, { readManifest }, { pay }, { run }] =
      await Promise.all([
        import("@apoc/terminal/chain"),
        import("@apoc/terminal/wallet"),
        import("../deployment/resume.ts"),
        import("../manifest/read-manifest.ts"),
        import("../deployment/pay.ts"),
        import("../deployment/run.ts"),
      ]);
    const pod = await readManifest(ctx, args.manifest, options.secret);
    const chain = await openChain(ctx);
    const wallet = await openWallet(ctx);
    const wish = {
      pod,
      providerUrl: options.provider,
      publisher: wallet.address,
      seconds: Math.floor(options.for / 1000),
      offers: options.offer,
      policy: options.policy,
    };
    const base = { ctx, chain, wallet, wish };
    const resumed = await findResumable(base);
    const ready =
      resumed ??
      (await pay(base, {
        maxTotal: options.maxTotal,
        command: [
          `apoc pod deploy ${shellWord(args.manifest)} --provider ${shellWord(options.provider)} --for ${wish.seconds}s`,
          ...options.offer.map((text) => `--offer ${text}`),
          ...options.secret.map((text) => `--secret ${shellWord(text)}`),
          ...(options.policy === undefined ? [] : [`--policy ${shellWord(options.policy)}`]),
        ].join(" "),
      }));
    try {
      const deployed = await run(base, ready, options.wait !== false);
      const { name, id } = deployed.deployment;
      const address = deployed.status.address ?? "-";
      if (deployed.status.state === "running") {
        ctx.ui.note(`  Next: apoc pod logs ${name} -f · apoc pod status ${name} · apoc pod close ${name}`);
      }
      ctx.output.result(
        { name, id, address: deployed.status.address ?? null, state: deployed.status.state },
        `${name}  ${id}  ${address}`,
      );
    } finally {
      await ready.provider.close();
    }
  },
});
