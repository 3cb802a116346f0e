import { defineCommand } from "@apoc/terminal";

/** `apoc chain list` */
export const command = defineCommand({
  description: "Of endpoints only the host is shown: paths and queries carry keys.",
  async run(ctx) {
    // Loaded here so that help needs none of it.
    const { redact } = await import("@apoc/terminal/chain");
    const { network: standard, networks } = await ctx.config.load();
    const rows = Object.entries(networks).map(([name, network]) => ({
      name,
      ...network,
      rpc: network.rpc.map(redact),
      default: name === standard,
    }));
    ctx.output.result(rows, ({ table }) =>
      table(rows, [
        { title: "NAME", value: ({ name }) => name },
        { title: "CHAIN", value: ({ chain }) => chain },
        { title: "RPC", value: ({ rpc }) => rpc.join(" ") },
        { title: "DEFAULT", value: (row) => (row.default ? "yes" : "") },
      ]),
    );
  },
});
