import { defineCommand, parseDuration } from "@apoc/terminal/command";

/** `apoc pod quote`: the same as deploying, up to the first signature. */
export const command = defineCommand({
  description:
    "Attests the provider, asks it to run every check that needs no payment, verifies its quote, and shows the price. Needs\n" +
    "no password. Exits with 6 if a check fails.",
  args: { manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" } },
  options: {
    provider: { flags: "--provider <url>", description: "provider to ask", required: true },
    for: {
      flags: "--for <time>",
      description: "time that the deposit lasts, e.g. 30d",
      default: "1d",
      parse: parseDuration,
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
  },
  examples: [
    {
      text: "Get the price for a month",
      command: "apoc pod quote pod.yaml --provider https://provider.example --for 30d",
    },
  ],
  run: () => import("./quote.run.ts"),
});
