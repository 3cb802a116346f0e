import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";

/** `apoc chain use` */
export const command = defineCommand({
  args: { name: { syntax: "<name>", description: "name of the network" } },
  async run(ctx, { args: { name } }) {
    const config = await ctx.config.update((before) => {
      if (before.networks[name] !== undefined) return { ...before, network: name };
      throw new ApocError(terminalErrors.NETWORK_UNKNOWN, {
        field: "name",
        actual: name,
        hint: "apoc chain list",
      });
    });
    ctx.output.result({ name, chain: config.networks[name]?.chain }, name);
  },
});
