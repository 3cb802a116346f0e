import {
  attestationErrors,
  type CollateralServices,
  type CollateralSubject,
  collateralSubject,
  fetchCollateral,
  type Product,
} from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import { type Context, type OptionValues, type RunResult, terminalErrors } from "@apoc/terminal";
import type { collateralOptions } from "./collateral-options.ts";
import { collateralFolder, openServices } from "./collateral-services.ts";
import { readEvidence } from "./subject.ts";

interface Input {
  readonly args: { readonly evidence: readonly string[] };
  readonly options: {
    readonly product: Product | undefined;
    readonly vlek: boolean;
    readonly fmspc: string | undefined;
    readonly authority: "platform" | "processor";
    readonly at: Date | undefined;
  } & OptionValues<typeof collateralOptions>;
}

/** Runs `apoc attestation collateral`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const services = openServices(ctx, options, true);
  const at = options.at ?? new Date();
  const { product, vlek, fmspc, authority } = options;
  const subjects: CollateralSubject[] = [
    ...(await Promise.all(args.evidence.map((file) => subjectOf(ctx, file, services)))),
    ...(product === undefined ? [] : [{ maker: "amd", product, kind: vlek ? "vlek" : "vcek" } as const]),
    ...(fmspc === undefined ? [] : [{ maker: "intel", fmspc: fmspc.toLowerCase(), authority } as const]),
  ];
  if (subjects.length === 0)
    throw new ApocError(terminalErrors.USAGE, {
      field: "evidence, --product, --fmspc",
      expected: "at least one",
      actual: "none",
    });
  const found = new Map<string, { name: string; from: Date; until: Date }>();
  for (const subject of subjects)
    for (const item of await fetchCollateral(subject, services, at)) {
      found.set(item.name, item);
      ctx.ui.step(item.name, `${time(item.from)} to ${time(item.until)}`);
    }
  const folder = collateralFolder(ctx, options);
  const items = [...found.values()];
  const until = new Date(Math.min(...items.map((item) => item.until.getTime())));
  ctx.ui.note(
    "Where there is no network: apoc attestation verify … --offline --collateral with this folder. After the last" +
      ` moment below, only a policy with a snapshot accepts it (docs/attestation.md).`,
  );
  const described = items.map(({ name, ...window }) => ({
    name,
    from: time(window.from),
    until: time(window.until),
  }));
  ctx.output.result({ folder, until: time(until), items: described }, `${time(until)}  ${folder}`);
}

async function subjectOf(
  ctx: Context,
  file: string,
  { kds }: CollateralServices,
): Promise<CollateralSubject> {
  const subject = collateralSubject(await readEvidence(ctx, file), kds);
  if (subject !== undefined) return subject;
  throw new ApocError(attestationErrors.COLLATERAL_UNKNOWN, {
    field: file,
    expected: "evidence that ends at a root of AMD or Intel",
    actual: "another root, or damaged evidence",
  });
}

function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
