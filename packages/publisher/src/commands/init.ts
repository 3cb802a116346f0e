import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { publisherErrors } from "../errors.ts";
import { sampleManifest } from "../manifest/sample.ts";

/** `apoc pod init`. */
export const command = defineCommand({
  options: { out: { flags: "-o, --out <file>", description: "new file, - for stdout", default: "pod.yaml" } },
  examples: [{ text: "Start a manifest", command: "apoc pod init -o pod.yaml" }],
  async run(ctx, { options }) {
    if (options.out === "-") {
      ctx.output.result({ manifest: sampleManifest }, sampleManifest);
      return;
    }
    const path = resolve(ctx.cwd, options.out);
    const file = await open(path, "wx").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST") throw new ApocError(publisherErrors.OUTPUT_EXISTS, { field: path });
      throw new ApocError(terminalErrors.FILE_UNREADABLE, { field: path, detail: cause.message, cause });
    });
    try {
      await file.writeFile(sampleManifest);
    } finally {
      await file.close();
    }
    ctx.ui.note(`Next: apoc pod validate ${options.out}`);
    ctx.output.result({ file: path }, path);
  },
});
