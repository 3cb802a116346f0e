import { resolve } from "node:path";
import { serveRegistry } from "@apoc/devnet/registry";
import type { Context, RunResult } from "@apoc/terminal";
import { untilAborted } from "../listen.ts";

interface Input {
  readonly options: {
    readonly dir: string | undefined;
    readonly listen: { readonly host: string; readonly port: number };
  };
}

/** Runs `apoc registry serve`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const { listen } = options;
  const dir = options.dir === undefined ? {} : { dir: resolve(ctx.cwd, options.dir) };
  const registry = await serveRegistry({ ...dir, listen });
  ctx.ui.note(
    `Registry at ${registry.url}, ${options.dir === undefined ? "in memory" : `in ${options.dir}`}. Ctrl-C ends it.`,
  );
  ctx.output.line({ url: registry.url }, registry.url);
  await untilAborted(ctx.signal);
  await registry.close();
}
