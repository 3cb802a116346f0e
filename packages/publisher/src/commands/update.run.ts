import { executeUpdate, findDeployment, payingChannel, planUpdate } from "@apoc/client";
import type { Context, RunResult } from "@apoc/terminal";
import { readManifest } from "../manifest/read-manifest.ts";
import { deploymentPorts, podPorts } from "../ports/pod-ports.ts";

interface Input {
  readonly args: { readonly pod: string; readonly manifest: string };
  readonly options: {
    readonly secret: readonly string[];
    readonly policy: string | undefined;
    readonly wait: boolean;
  };
}

/** Runs `apoc pod update`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { records } = await podPorts(ctx);
  const known = await findDeployment(records, args.pod);
  const pod = await readManifest(ctx, args.manifest, options.secret);
  const ports = await deploymentPorts(ctx, known, options);
  const plan = await planUpdate(ports, known, pod);
  const { deployment, status } = await executeUpdate(ports, plan, { wait: options.wait });
  const { name, podId, publisher } = deployment;
  const address = status.address ?? deployment.address;
  ctx.output.result(
    {
      name,
      publisher,
      podId,
      channel: payingChannel(deployment).id,
      address: address ?? null,
      state: status.state,
    },
    `${name}  ${podId}  ${address ?? "-"}`,
  );
}
