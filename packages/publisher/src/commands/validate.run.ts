import type { Context, RunResult } from "@apoc/terminal";
import { readManifest } from "../manifest/read-manifest.ts";

interface Input {
  readonly args: { readonly manifest: string };
  readonly options: { readonly secret: readonly string[] };
}

/** Runs `apoc pod validate`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { manifest, secrets } = await readManifest(ctx, args.manifest, options.secret);
  for (const { image } of manifest.containers) {
    if (!image.includes("@")) ctx.ui.note(`${image} is named by tag: it is pinned when you deploy.`);
  }
  ctx.output.result({ manifest, secrets: [...secrets.keys()] }, ({ table }) =>
    table(manifest.containers, [
      { title: "CONTAINER", value: ({ name }) => name },
      { title: "IMAGE", value: ({ image }) => image },
      { title: "CPU", value: ({ resources }) => `${resources.cpuMillis}m`, align: "right" },
      {
        title: "MEMORY",
        value: ({ resources }) => `${Math.ceil(resources.memoryBytes / 2 ** 20)}Mi`,
        align: "right",
      },
    ]),
  );
}
