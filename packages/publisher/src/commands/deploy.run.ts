import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { pay } from "../deployment/pay.ts";
import { findResumable } from "../deployment/resume.ts";
import { run as runPod } from "../deployment/run.ts";
import { readManifest } from "../manifest/read-manifest.ts";

interface Input {
  readonly args: { readonly manifest: string };
  readonly options: {
    readonly provider: string;
    readonly for: number;
    readonly maxTotal: string | undefined;
    readonly offer: readonly string[];
    readonly secret: readonly string[];
    readonly policy: string | undefined;
    readonly wait: boolean;
  };
}

/** Runs `apoc pod deploy`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
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
  const ready = resumed ?? (await pay(base, { maxTotal: options.maxTotal }));
  try {
    const deployed = await runPod(base, ready, options.wait !== false);
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
}
