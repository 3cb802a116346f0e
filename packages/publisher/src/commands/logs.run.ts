import { ApocError } from "@apoc/errors";
import { type Context, type RunResult, shellWord, terminalErrors } from "@apoc/terminal";
import { openDeploymentChain, openDeploymentWallet } from "../deployment/open-deployment.ts";
import { openDeployments } from "../deployment/store.ts";
import { connectProvider } from "../provider/connect.ts";
import { authorize } from "../provider/signed-request.ts";

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
  const deployment = await openDeployments(ctx.config.dataDirectory).get(args.pod);
  const { id, terms, manifest } = deployment;
  const names = manifest.containers.map(({ name }) => name);
  if (options.container !== undefined && !names.includes(options.container)) {
    throw new ApocError(terminalErrors.USAGE, {
      field: "--container",
      expected: `one of ${names.join(", ")}`,
      actual: options.container,
      next: { action: "run", subject: `apoc pod logs ${shellWord(args.pod)}` },
    });
  }
  const chain = await openDeploymentChain(ctx, deployment);
  const wallet = await openDeploymentWallet(ctx, deployment);
  const connection = await connectProvider(ctx, deployment, options.policy);
  try {
    const authorization = await authorize(chain, wallet.account, "logs", {
      pod: id,
      provider: terms.header.provider,
    });
    const query = {
      follow: options.follow,
      ...(options.container === undefined ? {} : { container: options.container }),
      ...(options.tail === undefined ? {} : { tail: options.tail }),
    };
    const prefixed = options.container === undefined && manifest.containers.length > 1;
    for await (const line of connection.client.logs(id, query, authorization)) {
      ctx.output.line(line, printable(prefixed ? `${line.container}  ${line.text}` : line.text));
    }
  } finally {
    await connection.close();
  }
}

/** Containers write what they like; nothing of it moves the cursor. Tabs and colours of text are lost with it. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "\ufffd");
}
