import {
  amdRoots,
  attestationErrors,
  type Evidence,
  policyApiVersion,
  type Product,
  productOfCpuid,
  parseHclReport,
  parseQuote,
  readReport,
  readTcb,
  type SnpReport,
  tcbComponents,
} from "@apoc/attestation";
import { toHex } from "@apoc/encoding";
import { createHash } from "node:crypto";
import { ApocError } from "@apoc/errors";
import { pcrMeanings } from "../describe-evidence.ts";

/** What a policy is written from. */
export interface PolicySeed {
  readonly name: string;
  /** Whether the root of a development attester may be named. */
  readonly development: boolean;
}

/** PCRs that a policy names when they hold anything: boot loader, secure boot, commands, kernel, unified image. */
const namedPcrs = [4, 7, 8, 9, 11];

/**
 * Text of a policy that accepts this evidence and what is at least as good, and says in comments what each line gives
 * away. What makes a guest readable for its host (debugging, a migration agent) is never permitted.
 * Throws EVIDENCE_FORMAT for evidence that cannot be read, ROOT_UNTRUSTED for a development root that was not allowed.
 */
export function policyForEvidence(evidence: Evidence, seed: PolicySeed): string {
  const { roots, development } = rootLines(evidence, seed);
  return [
    ...head(seed.name, `From evidence of kind ${evidence.kind}`, development),
    ...claimLines(evidence.claims),
    ...roots,
    ...sections(evidence),
    "",
  ].join("\n");
}

/** Text of a policy for an image whose launch measurement is known, on SEV-SNP; the TCB floor is left to the reader. */
export function policyForMeasurement(measurement: string, product: Product, seed: PolicySeed): string {
  const components = tcbComponents(product).map((name) => `${name}: 0`);
  return [
    ...head(seed.name, `For one launch measurement on ${product}`, false),
    "roots: builtin                  # AMD's",
    "snp:",
    `  products: [${product}]`,
    ...measurementLines(measurement),
    "  # Floor of the firmware. Until this is filled in, nothing passes. Take the values that AMD's security bulletins",
    "  # name, or those of `apoc attestation explain` on a machine that you hold to be up to date:",
    `  #   ${product}: { ${components.join(", ")} }`,
    "  minTcb: {}",
    ...allowLines(undefined),
    "",
  ].join("\n");
}

function head(name: string, from: string, development: boolean): string[] {
  return [
    `# Trust policy. ${from}, by \`apoc attestation policy init\`. What is not named here is refused.`,
    "# Read every line: it is you who says that this image and this firmware are good. docs/attestation.md",
    `apiVersion: ${policyApiVersion}`,
    `name: ${name}`,
    "maxAge: 7d                      # how long a result counts",
    "revocation: required            # lists must be signed and valid at the moment of evaluation",
    ...(development
      ? [
          "# DEVELOPMENT: whoever runs this attester reads everything. Never for real software.",
          "development: true",
        ]
      : []),
  ];
}

/** What the policy says of the operator's part: configuration, and nodes that keys may go to. */
function claimLines({ configurationDigest, nodePolicyDigest }: Evidence["claims"]): string[] {
  const cluster = nodePolicyDigest.some((byte) => byte !== 0);
  return [
    "# RPCs, contracts and monitors of the operator are not compared. Only this provider's configuration:",
    `# configurations: ["${toHex(configurationDigest)}"]`,
    ...(cluster
      ? [
          "# The provider hands keys to nodes of a cluster by this policy.",
          `nodePolicies: ["${toHex(nodePolicyDigest)}"]`,
        ]
      : []),
  ];
}

function rootLines(evidence: Evidence, seed: PolicySeed): { roots: string[]; development: boolean } {
  const root = "certificates" in evidence ? evidence.certificates.root : undefined;
  const sha256 = root && createHash("sha256").update(root).digest("hex");
  if (sha256 === undefined || amdRoots.some((pinned) => pinned.sha256 === sha256))
    return { roots: ["roots: builtin                  # those of the makers"], development: false };
  if (!seed.development) {
    throw new ApocError(attestationErrors.ROOT_UNTRUSTED, {
      field: "evidence",
      expected: "the root of AMD",
      actual: `sha256 ${sha256}`,
      next: { action: "run", subject: "apoc attestation policy init <evidence> --development" },
    });
  }
  const product = productOf(snpReportOf(evidence));
  const lines = [`sha256: "${sha256}"`, "development: true", "revocation: none"];
  return {
    roots: ["roots:", "  - kind: sev-snp", `    product: ${product}`, ...lines.map((line) => `    ${line}`)],
    development: true,
  };
}

function sections(evidence: Evidence): string[] {
  switch (evidence.kind) {
    case "sev-snp":
      return snpSection(snpReportOf(evidence));
    case "tdx":
      return tdxSection(evidence.quote);
    case "azure-snp":
      return [...azureSection(evidence.tpm.pcrs), ...snpSection(snpReportOf(evidence))];
    case "azure-tdx":
      return [...azureSection(evidence.tpm.pcrs), ...tdxSection(evidence.quote)];
  }
}

function snpReportOf(evidence: Evidence): SnpReport {
  const bytes =
    evidence.kind === "sev-snp"
      ? evidence.report
      : evidence.kind === "azure-snp"
        ? read("hclReport", () => parseHclReport(evidence.hclReport)).teeReport
        : new Uint8Array();
  const report = readReport(bytes);
  if (report === undefined) throw unreadable("report");
  return report;
}

function productOf(report: SnpReport): Product {
  const product = report.cpuid && productOfCpuid(report.cpuid);
  if (product === undefined) throw unreadable("report.cpuid");
  return product;
}

function snpSection(report: SnpReport): string[] {
  const product = productOf(report);
  const tcb = Object.entries(readTcb(report.reportedTcb, product)).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const committed =
    toHex(report.currentTcb) === toHex(report.committedTcb) &&
    report.currentFirmware === report.committedFirmware;
  const configured = report.hostData.some((byte) => byte !== 0);
  return [
    "snp:",
    `  reportVersions: [${report.version}]`,
    `  signers: [${report.signerInfo.signingKey === 1 ? "vlek" : "vcek"}]`,
    ...(report.signerInfo.signingKey === 1
      ? ["  vlekCsps: []                  # name the cloud provider of the VLEK; until then nothing passes"]
      : []),
    `  products: [${product}]`,
    ...measurementLines(toHex(report.measurement)),
    ...(configured
      ? [
          "  # Configuration that the host fixed at the start.",
          "  hostData:",
          `    - "${toHex(report.hostData)}"`,
        ]
      : ["  hostData: null                # the host fixed no configuration: any passes"]),
    "  # Firmware of this machine: older is refused, newer passes. Raise it when AMD publishes a bulletin.",
    "  minTcb:",
    `    ${product}: { ${tcb.join(", ")} }`,
    ...(committed
      ? []
      : [
          "  # The firmware of this machine is not committed: its host can roll it back.",
          "  provisionalFirmware: true",
        ]),
    `  vmpl: [${report.vmpl}]                     # privilege level of whoever asks for the report`,
    "  # Only this very machine:",
    `  # chipIds: ["${toHex(report.chipId)}"]`,
    ...allowLines(report),
  ];
}

function measurementLines(measurement: string): string[] {
  return [
    "  # Launch measurement. It stands for an image: list it only if you know which, and that its operator cannot log in.",
    "  measurements:",
    `    - "${measurement}"`,
  ];
}

function allowLines(report: SnpReport | undefined): string[] {
  const refused = (set: boolean | undefined) => (set ? "  # this evidence has it, and is refused" : "");
  const alias = report === undefined || (report.platformInfo & 0x20n) !== 0n;
  return [
    "  allow:",
    `    debug: false                # the host could read everything${refused(report?.policy.debug)}`,
    `    migration: false            # the guest could be moved${refused(report?.policy.migrationAgent)}`,
    `    smt: ${report?.policy.smt ?? false}                   # two threads may share a core: side channels`,
    "    maskedChipId: false         # one machine could not be told from another",
    "  requirePlatform:",
    `    aliasCheck: ${alias}            # memory was checked for aliases (BadRAM)${alias ? "" : ": this platform did not"}`,
  ];
}

function tdxSection(bytes: Uint8Array): string[] {
  const { header, body } = read("quote", () => parseQuote(bytes));
  const septVe = (body.tdAttributes & (1n << 28n)) !== 0n;
  return [
    "tdx:",
    `  quoteVersions: [${header.version}]`,
    "  statuses: [UpToDate]          # states of the platform, by Intel's TCB information",
    "  minEvaluationNumber: 0        # raise it to Intel's newest, so that no older evaluation counts",
    "  # Firmware of the guest. It stands for an image: list it only if you know which.",
    "  mrTd:",
    `    - "${toHex(body.mrTd)}"`,
    "  rtmr:",
    ...body.rtmrs.flatMap((value, index) => [
      `    # ${["virtual hardware", "boot loader and kernel", "command line, initial RAM disk", "run time"][index]}`,
      `    "${index}": ["${toHex(value)}"]`,
    ]),
    "  allow:",
    "    debug: false                # the host could read everything",
    `    septVeEnabled: ${!septVe}        # the host could make the guest take exceptions`,
    "    perfmon: false              # side channels by performance counters",
    "    serviceTd: false            # another guest would have a hold on this one",
  ];
}

function azureSection(pcrs: readonly Uint8Array[]): string[] {
  const used = namedPcrs.filter((index) => pcrs[index]?.some((byte) => byte !== 0));
  return [
    "# The measurement of the hardware covers Azure's paravisor alone: what it started is in these registers.",
    "azure:",
    "  pcrs:",
    ...used.flatMap((index) => [
      `    # ${pcrMeanings[index]}`,
      `    "${index}": ["${toHex(pcrs[index] ?? new Uint8Array())}"]`,
    ]),
    "  requireSecureBoot: true",
  ];
}

function read<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function unreadable(field: string, cause?: unknown): ApocError {
  return new ApocError(attestationErrors.EVIDENCE_FORMAT, {
    field,
    expected: "one that can be read",
    actual: "other bytes",
    cause,
  });
}
