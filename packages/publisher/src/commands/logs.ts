import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";

/** `apoc pod logs`. */
export const command = defineCommand({
  description:
    "With several containers, lines begin with the name of theirs. `--json` prints a document a line.",
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    follow: { flags: "-f, --follow", description: "go on with what is written next" },
    container: { flags: "--container <name>", description: "this container only" },
    tail: {
      flags: "--tail <n>",
      description: "the last lines only",
      parse: (text: string) => {
        if (!/^\d{1,6}$/.test(text)) throw new RangeError("expected a number of lines");
        return Number(text);
      },
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [{ text: "Follow a container", command: "apoc pod logs books -f --container web" }],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { openDeploymentChain, openDeploymentWallet },
      { openDeployments },
      { connectProvider },
      { authorize },
    ] = await Promise.all([
      import("../deployment/open-deployment.ts"),
      import("../deployment/store.ts"),
      import("../provider/connect.ts"),
      import("../provider/signed-request.ts"),
    ]);
    const deployment = await openDeployments(ctx.config.dataDirectory).get(args.pod);
    const { id, terms, manifest } = deployment;
    const names = manifest.containers.map(({ name }) => name);
    if (options.container !== undefined && !names.includes(options.container)) {
      throw new ApocError(terminalErrors.USAGE, {
        field: "--container",
        expected: `one of ${names.join(", ")}`,
        actual: options.container,
        hint: `apoc pod logs ${args.pod}`,
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
  },
});

/** Containers write what they like; nothing of it moves the cursor. Tabs and colours of text are lost with it. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "\ufffd");
}
