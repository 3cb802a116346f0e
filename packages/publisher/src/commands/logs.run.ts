import { findDeployment, readPodLogs } from "@apoc/client";
import type { Context, RunResult } from "@apoc/terminal";
import { deploymentPorts, podPorts } from "../ports/pod-ports.ts";
import { inOptions } from "./option-fields.ts";

interface Input {
  readonly args: { readonly pod: string };
  readonly options: {
    readonly follow: boolean;
    readonly container: string | undefined;
    readonly tail: number | undefined;
    readonly policy: string | undefined;
  };
}

/** Runs `apoc pod logs`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { records } = await podPorts(ctx);
  const deployment = await findDeployment(records, args.pod);
  const ports = await deploymentPorts(ctx, deployment, options);
  const query = {
    follow: options.follow,
    ...(options.container === undefined ? {} : { container: options.container }),
    ...(options.tail === undefined ? {} : { tail: options.tail }),
  };
  const prefixed = options.container === undefined && deployment.manifest.containers.length > 1;
  await inOptions(async () => {
    for await (const line of readPodLogs(ports, deployment, query)) {
      ctx.output.line(line, printable(prefixed ? `${line.container}  ${line.text}` : line.text));
    }
  });
}

/** Containers write what they like; nothing of it moves the cursor. Tabs and colours of text are lost with it. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "\ufffd");
}
