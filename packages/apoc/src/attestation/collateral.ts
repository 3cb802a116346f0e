import {
  attestationErrors,
  type CollateralServices,
  type CollateralSubject,
  collateralSubject,
  fetchCollateral,
  products,
} from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import { type Context, defineCommand, terminalErrors } from "@apoc/terminal";
import { collateralFolder, collateralOptions, openServices } from "./collateral-options.ts";
import { parseMoment } from "./moment.ts";
import { readEvidence } from "./subject.ts";

const authorities = ["platform", "processor"] as const;

/** `apoc attestation collateral` */
export const command = defineCommand({
  description: `
Fetches what machines are judged by, and keeps it in a folder: for the machines of some evidence, or for a processor of
AMD (--product) or a platform family of Intel (--fmspc, in the evidence as \`explain\` shows it) of which there is none yet.
Everything is fetched anew. With the folder, \`verify --offline --collateral\` needs no network. With --offline, it only
says whether all is there and valid at --at.`,
  args: { evidence: { syntax: "[evidence...]", description: "files of evidence" } },
  options: {
    product: { flags: "--product <name>", description: "processor of AMD", choices: products },
    vlek: { flags: "--vlek", description: "with --product: for keys of a cloud provider, not of chips" },
    fmspc: { flags: "--fmspc <hex>", description: "platform family of Intel, 12 digits" },
    authority: {
      flags: "--authority <name>",
      description: "with --fmspc: who certified the platform",
      choices: authorities,
      default: "platform",
    },
    at: {
      flags: "--at <date>",
      description: "moment that all must be valid at; now unless given",
      parse: parseMoment,
    },
    ...collateralOptions,
  },
  examples: [
    {
      text: "Before you go where there is no network",
      command: "apoc attestation collateral evidence.json --collateral dir",
    },
    {
      text: "For every Genoa",
      command: "apoc attestation collateral --product Genoa --collateral dir",
    },
  ],
  async run(ctx, { args, options }) {
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
  },
});

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
