import { defineCommand } from "@apoc/terminal/command";

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
  run: () => import("./validate.run.ts"),
});
