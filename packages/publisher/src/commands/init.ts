import { resolve } from "node:path";
import { defineCommand, writeNewFile } from "@apoc/terminal";
import { publisherErrors } from "../errors.ts";

/** `apoc pod init`. */
export const command = defineCommand({
  options: { out: { flags: "-o, --out <file>", description: "new file, - for stdout", default: "pod.yaml" } },
  examples: [{ text: "Start a manifest", command: "apoc pod init -o pod.yaml" }],
  async run(ctx, { options }) {
    // Loaded here so that help needs none of it.
    const { sampleManifest } = await import("../manifest/sample.ts");
    if (options.out === "-") {
      ctx.output.result({ manifest: sampleManifest }, sampleManifest);
      return;
    }
    const path = resolve(ctx.cwd, options.out);
    await writeNewFile(path, sampleManifest, publisherErrors.OUTPUT_EXISTS, 0o644);
    ctx.ui.note(`Next: apoc pod validate ${options.out}`);
    ctx.output.result({ file: path }, path);
  },
});
