import { defineCommand } from "@apoc/terminal/command";

/** `apoc image inspect` */
export const command = defineCommand({
  description:
    "Reads and verifies manifests and configs, but no layers. Shows which layers are encrypted and how their keys are\n" +
    "wrapped.",
  args: { source: { syntax: "<source>", description: "the image" } },
  options: { raw: { flags: "--raw", description: "print the manifest or index, byte for byte" } },
  examples: [
    { text: "Show an image of a registry", command: "apoc image inspect docker://registry.example/app:1" },
    { text: "Show the manifest itself", command: "apoc image inspect oci:app:1 --raw" },
  ],
  run: () => import("./inspect.run.ts"),
});
