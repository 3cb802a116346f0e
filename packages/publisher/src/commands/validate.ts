import { defineCommand } from "@apoc/terminal";

/** `apoc pod validate`: form only; what a provider and licenses allow is for `quote`. */
export const command = defineCommand({
  description:
    "Reads a manifest strictly and shows what it says with all defaults. Asks nobody; see `apoc pod quote`.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    secret: {
      flags: "--secret <name=@file>",
      description: "a secret that the manifest names",
      multiple: true,
    },
  },
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const { readManifest } = await import("../manifest/read-manifest.ts");
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
  },
});
