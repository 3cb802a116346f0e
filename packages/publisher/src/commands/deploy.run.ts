import { executeDeploy, payingChannel, planDeploy } from "@apoc/client";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { readManifest } from "../manifest/read-manifest.ts";
import { podPorts } from "../ports/pod-ports.ts";
import { confirmPlan } from "../quote/confirm-plan.ts";
import { parseOffer } from "../quote/parse-offer.ts";
import { inOptions } from "./option-fields.ts";

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
  const request = {
    pod,
    provider: options.provider,
    seconds: Math.floor(options.for / 1000),
    offers: options.offer.map(parseOffer),
  };
  const chain = await openChain(ctx);
  const { signer } = await openWallet(ctx);
  const ports = { ...(await podPorts(ctx, options)), chain, signer };
  const plan = await inOptions(() => planDeploy(ports, request));
  try {
    if (plan.kind === "open") await confirmPlan(ctx, chain, signer.address, plan, options.maxTotal);
    const { deployment, status } = await executeDeploy(ports, plan, { wait: options.wait });
    const { name, podId, publisher } = deployment;
    if (status.state === "running") {
      ctx.ui.note(`  Next: apoc pod logs ${name} -f · apoc pod status ${name} · apoc pod close ${name}`);
    }
    ctx.output.result(
      {
        name,
        publisher,
        podId,
        channel: payingChannel(deployment).id,
        address: status.address ?? null,
        state: status.state,
      },
      `${name}  ${podId}  ${status.address ?? "-"}`,
    );
  } finally {
    await plan.close();
  }
}
