import { defineCommand } from "@apoc/terminal/command";

/** `apoc pod update`: another manifest on the same channel. */
export const command = defineCommand({
  description:
    "Runs another manifest on the existing channel, which must pay for every licensed image and for the resources of the\n" +
    "new manifest; otherwise close the pod and deploy again. All admission checks run again.",
  args: {
    pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" },
    manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" },
  },
  options: {
    secret: {
      flags: "--secret <name=@file>",
      description: "value of a secret in the manifest",
      multiple: true,
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    wait: { flags: "--no-wait", description: "return once the provider has accepted the pod" },
  },
  examples: [{ text: "Change a pod", command: "apoc pod update books pod.yaml" }],
  run: () => import("./update.run.ts"),
});
