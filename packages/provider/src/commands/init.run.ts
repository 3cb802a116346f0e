import { writeFileAtomic } from "@apoc/client/files";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult } from "@apoc/terminal";
import { defaultConfigName, sampleConfig } from "../config/index.ts";
import { providerErrors } from "../errors.ts";

interface Input {
  readonly args: { readonly file: string | undefined };
}

/** Runs `apoc provider init`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const path = resolve(ctx.cwd, args.file ?? defaultConfigName);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw new ApocError(providerErrors.CONFIG_EXISTS, { field: path });
  await writeFileAtomic(path, sampleConfig, 0o644);
  ctx.ui.step("Written", "fill in chain, wallet and prices, then: apoc provider check");
  ctx.output.result({ path }, path);
}
