import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { defineCommand, writeFileAtomic } from "@apoc/terminal";
import { defaultConfigName, sampleConfig } from "../config/index.ts";
import { providerErrors } from "../errors.ts";

/** `apoc provider init` */
export const command = defineCommand({
  description: "Writes a commented configuration to begin with. An existing file is left alone.",
  args: { file: { syntax: "[file]", description: `where to; default ${defaultConfigName}` } },
  examples: [{ text: "Begin", command: "apoc provider init" }],
  async run(ctx, { args }) {
    const path = resolve(ctx.cwd, args.file ?? defaultConfigName);
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) throw new ApocError(providerErrors.CONFIG_EXISTS, { field: path });
    await writeFileAtomic(path, sampleConfig, 0o644);
    ctx.ui.step("Written", "fill in chain, wallet and prices, then: apoc provider check");
    ctx.output.result({ path }, path);
  },
});
