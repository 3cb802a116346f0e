import { resolve } from "node:path";
import { parseTrustPolicy, policyDigest, products } from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import { defineCommand, readFileIfThere, terminalErrors, writeFileAtomic } from "@apoc/terminal";
import { readEvidence } from "../subject.ts";
import { policyForEvidence, policyForMeasurement } from "./policy-text.ts";

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
      text: "From a running provider",
      command: "apoc attestation policy init evidence.json --out trust.yaml",
    },
  ],
  async run(ctx, { args, options }) {
    const seed = { name: options.name, development: options.development };
    if ((args.evidence === undefined) === (options.measurement === undefined)) {
      throw new ApocError(terminalErrors.USAGE, {
        field: "evidence, --measurement",
        expected: "one of the two",
        actual: args.evidence === undefined ? "none" : "both",
      });
    }
    const text =
      args.evidence === undefined
        ? policyForMeasurement(options.measurement ?? "", options.product, seed)
        : policyForEvidence(await readEvidence(ctx, args.evidence), seed);
    // What is written must be what the parser reads; a measurement or name of the wrong form fails here.
    const digest = policyDigest(parseTrustPolicy(text));
    if (options.development)
      ctx.ui.warn("This policy accepts a development attester, which protects nothing.");
    if (options.out !== undefined) {
      const path = resolve(ctx.cwd, options.out);
      if ((await readFileIfThere(path)) !== undefined)
        throw new ApocError(terminalErrors.USAGE, {
          field: "--out",
          expected: "a new file",
          actual: options.out,
        });
      await writeFileAtomic(path, text, 0o644);
      ctx.ui.note(`Read it before you use it. Next: apoc attestation policy check ${options.out}`);
    }
    ctx.output.result(
      { digest, policy: text, file: options.out ?? null },
      options.out === undefined ? text : digest,
    );
  },
});
