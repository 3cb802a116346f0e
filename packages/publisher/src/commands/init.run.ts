import { writeNewFile } from "@apoc/client/files";
import { resolve } from "node:path";
import { type Context, type RunResult } from "@apoc/terminal";
import { publisherErrors } from "../errors.ts";
import { sampleManifest } from "../manifest/sample.ts";

interface Input {
  readonly options: { readonly out: string };
}

/** Runs `apoc pod init`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  if (options.out === "-") {
    ctx.output.result({ manifest: sampleManifest }, sampleManifest);
    return;
  }
  const path = resolve(ctx.cwd, options.out);
  await writeNewFile(path, sampleManifest, publisherErrors.OUTPUT_EXISTS, 0o644);
  ctx.ui.note(`Next: apoc pod validate ${options.out}`);
  ctx.output.result({ file: path }, path);
}
