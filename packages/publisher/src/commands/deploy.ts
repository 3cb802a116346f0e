import { defineCommand, parseDuration } from "@apoc/terminal/command";

/** `apoc pod deploy`: attest, quote, pay in one transaction, provision, wait. */
export const command = defineCommand({
  description:
    "Attests the provider with a nonce of its own, shows what the pod costs and whom it pays, opens, funds and has the\n" +
    "channel accepted in one transaction, and waits until the pod runs. Given again after a failure, it goes on with the\n" +
    "same channel.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    provider: { flags: "--provider <url>", description: "provider to run it", required: true },
    for: {
      flags: "--for <time>",
      description: "how long the deposit lasts, such as 30d",
      default: "1d",
      parse: parseDuration,
    },
    maxTotal: { flags: "--max-total <amount>", description: "most to deposit, in whole tokens" },
    offer: {
      flags: "--offer <container=index>",
      description: "take this offer of a license instead of the cheapest",
      multiple: true,
    },
    secret: {
      flags: "--secret <name=@file>",
      description: "a secret that the manifest names",
      multiple: true,
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    wait: { flags: "--no-wait", description: "return once the provider has taken the pod" },
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
