import { products } from "@apoc/attestation/products";
import { defineCommand } from "@apoc/terminal/command";

/** `apoc attestation policy init` */
export const command = defineCommand({
  description: `
From evidence: a policy that accepts it and what is at least as good, with a comment on every line that gives something
away. With --measurement: a policy for one image on SEV-SNP, which denies until its TCB floor is filled in. Debugging
and migration are never permitted. Printed, or written to --out.`,
  args: { evidence: { syntax: "[evidence]", description: "file of evidence to start from" } },
  options: {
    measurement: {
      flags: "--measurement <hex>",
      description: "launch measurement, 48 bytes, instead of evidence",
    },
    product: {
      flags: "--product <name>",
      description: "processor for --measurement",
      choices: products,
      default: "Genoa",
    },
    name: { flags: "--name <name>", description: "name of the policy", default: "my-policy" },
    development: { flags: "--development", description: "accept the root of a development attester" },
    out: { flags: "--out <file>", description: "new file to write" },
  },
  examples: [
    {
      text: "Start from a running provider",
      command: "apoc attestation policy init evidence.json --out trust.yaml",
    },
  ],
  run: () => import("./init.run.ts"),
});
