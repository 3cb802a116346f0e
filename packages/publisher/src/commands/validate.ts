import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod validate`: form only; what a provider and licenses allow is for `quote`. */
export const command = defineCommand({
  description:
    "Reads a manifest strictly and shows it with all defaults. Contacts nobody; see `apoc pod quote`.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    secret: {
      flags: "--secret <name=@file>",
      description: "value of a secret in the manifest",
      multiple: true,
    },
  },
  run: () => import("./validate.run.ts"),
});
