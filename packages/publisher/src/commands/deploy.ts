import { defineCommand, parseDuration } from "@apoc/terminal/command";

/** `apoc pod deploy`: attest, quote, pay in one transaction, provision, wait. */
export const command = defineCommand({
  description:
    "Attests the provider with a fresh nonce, shows what the pod costs and who is paid, opens, funds and accepts the channel\n" +
    "in one transaction, and waits until the pod runs. Run it again after a failure: it continues with the same channel.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    provider: { flags: "--provider <url>", description: "provider that runs the pod", required: true },
    for: {
      flags: "--for <time>",
      description: "time that the deposit lasts, e.g. 30d",
      default: "1d",
      parse: parseDuration,
    },
    maxTotal: {
      flags: "--max-total <amount>",
      description: "spending limit of the deposit, in whole tokens",
    },
    offer: {
      flags: "--offer <container=index>",
      description: "take this offer of a license instead of the cheapest",
      multiple: true,
    },
    secret: {
      flags: "--secret <name=@file>",
      description: "value of a secret in the manifest",
      multiple: true,
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    wait: { flags: "--no-wait", description: "return once the provider has accepted the pod" },
  },
  examples: [
    {
      text: "Deploy for a month",
      command: "apoc pod deploy pod.yaml --provider https://provider.example --for 30d",
    },
    {
      text: "The same in a script",
      command: "apoc pod deploy pod.yaml --provider https://provider.example --for 30d --yes --max-total 94",
    },
  ],
  run: () => import("./deploy.run.ts"),
});
