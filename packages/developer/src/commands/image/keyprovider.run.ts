import { ApocError } from "@apoc/errors";
import { type Context, type OptionValues, type RunResult, terminalErrors } from "@apoc/terminal";
import { answerCommand, jweKeyService, serveKeyProvider } from "ocicrypt-js/keyprovider";
import { readPrivateKeys } from "../../image/private-keys.ts";
import { readRecipient } from "../../image/recipients.ts";
import type { keyOptions } from "./key-options.ts";

interface Input {
  readonly options: {
    readonly recipient: string | undefined;
    readonly listen: string | undefined;
  } & OptionValues<Pick<typeof keyOptions, "key" | "passphrase">>;
}

/** Runs `apoc image keyprovider`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  if (options.key.length === 0 && options.recipient === undefined) {
    throw new ApocError(terminalErrors.USAGE, {
      field: "--key",
      expected: "--key to unwrap with, or --recipient to wrap for",
      actual: "neither",
      next: { action: "run", subject: "apoc image keyprovider --help" },
    });
  }
  const keys = await readPrivateKeys(ctx, options.key, options.passphrase);
  const recipient =
    options.recipient === undefined ? undefined : await readRecipient(options.recipient, ctx.cwd);
  const service = jweKeyService({ keys, recipient });
  const { stdin, stdout } = ctx.io;
  if (options.listen === undefined) {
    await answerCommand(service, { input: stdin, output: stdout, signal: ctx.signal });
    return;
  }
  const server = await serveKeyProvider(service, {
    address: options.listen,
    onError: (error) => ctx.ui.warn(error instanceof Error ? error.message : String(error)),
  });
  ctx.ui.step(
    "Serving keys",
    `${keys.length} to unwrap with; wrapping ${recipient === undefined ? "refused" : "allowed"}`,
  );
  ctx.output.line({ address: server.address }, server.address);
  await new Promise<void>((resolve) => {
    if (ctx.signal.aborted) resolve();
    ctx.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
}
