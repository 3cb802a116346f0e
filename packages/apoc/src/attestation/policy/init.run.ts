import { readFileIfThere, writeFileAtomic } from "@apoc/client/files";
import { resolve } from "node:path";
import { parseTrustPolicy, policyDigest, type Product } from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult, terminalErrors } from "@apoc/terminal";
import { readEvidence } from "../subject.ts";
import { policyForEvidence, policyForMeasurement } from "./policy-text.ts";

interface Input {
  readonly args: { readonly evidence: string | undefined };
  readonly options: {
    readonly measurement: string | undefined;
    readonly product: Product;
    readonly name: string;
    readonly development: boolean;
    readonly out: string | undefined;
  };
}

/** Runs `apoc attestation policy init`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
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
  if (options.development) ctx.ui.warn("This policy accepts a development attester, which protects nothing.");
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
}
