import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import {
  type AmdKds,
  collateralForQuote,
  eventLogLimit,
  type IntelPcs,
  parseQuote,
  productOfCpuid,
  readReport,
  reportSize,
  type SnpReport,
  type TdxQuote,
} from "@apoc/attestation";
import { ApocError, isApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import type { Attester, AttesterReport } from "./attester.ts";
import { type HostCertificates, readCertificateTable } from "./certificate-table.ts";
import { kernelFiles, type TsmFiles } from "./tsm-files.ts";
import { readTsmReport, type TsmReport } from "./tsm-report.ts";

/** Options of {@link configfsAttester}. */
export interface ConfigfsOptions {
  /** Where certificates that the host left out come from. */
  readonly kds: AmdKds;
  /** Where the collateral of a TDX platform comes from. */
  readonly pcs: IntelPcs;
  /** The event log of a TDX guest; the kernel's unless given. */
  readonly readEventLog?: () => Promise<Uint8Array | undefined>;
  readonly files?: TsmFiles;
  readonly root?: string;
  /** VMPL of the reports; the kernel's own unless given. */
  readonly privlevel?: number | undefined;
  /** Moment that certificates must be valid at; the clock's unless given. */
  readonly now?: () => Date;
}

/**
 * The TEE that this process runs in, by Linux' configfs-tsm. Where there is none, every call fails with TEE_MISSING:
 * nothing stands in for it. The interface has no derived key, so keys derive from randomness that lives in this process
 * only.
 */
export function configfsAttester(options: ConfigfsOptions): Attester {
  const { kds, files = kernelFiles, root, privlevel, now = () => new Date() } = options;
  const secret = randomBytes(32);
  return {
    development: false,
    keyLifetime: "process",
    async report(reportData) {
      const answer = await readTsmReport({ files, inblob: reportData, privlevel, ...(root && { root }) });
      return answer.provider === "sev_guest"
        ? endorseSnp(answer, reportData, kds, now())
        : endorseTdx(answer.outblob, reportData, { ...options, now: now() });
    },
    deriveKey: () => Promise.resolve(Uint8Array.from(secret)),
  };
}

/** Adds what a verifier needs; what the host gave is taken where it fits and asked for at AMD's service otherwise. */
async function endorseSnp(
  { outblob, auxblob }: TsmReport,
  reportData: Uint8Array,
  kds: AmdKds,
  at: Date,
): Promise<AttesterReport> {
  const report = readReport(outblob);
  if (report === undefined || Buffer.compare(report.reportData, reportData) !== 0) {
    throw new ApocError(providerErrors.TEE_REPORT, {
      field: "outblob",
      expected: `${reportSize} bytes that hold the report data`,
      actual: report === undefined ? `${outblob.length} bytes` : "other report data",
    });
  }
  const host = readCertificateTable(auxblob);
  const kind = report.signerInfo.signingKey === 1 ? "vlek" : "vcek";
  const product =
    report.cpuid === undefined ? host.root && kds.productOf(host.root) : productOfCpuid(report.cpuid);
  if (product === undefined)
    throw endorsementMissing(
      "a processor whose root is known",
      JSON.stringify(report.cpuid ?? "version 2 report"),
    );

  const vek = host[kind] ?? (kind === "vcek" ? await fetchVcek(report, product, kds, at) : undefined);
  if (vek === undefined) throw endorsementMissing("a VLEK in the certificate table of the host", "none");
  const { intermediate, root } = await chainOf(host, product, kind, kds, at);
  const crl = await kds.revocationList(product, kind, at, root).catch((error: unknown) => {
    // A verifier has to have a list of its own where the attester has none.
    if (isApocError(error)) return undefined;
    throw error;
  });
  const certificates = { vek, intermediate, root };
  return { kind: "sev-snp", report: outblob, certificates, ...(crl && { crl }) };
}

/** The quote without the bytes after its end, with Intel's collateral where it can be had, and the firmware's log. */
async function endorseTdx(
  outblob: Uint8Array,
  reportData: Uint8Array,
  { pcs, readEventLog = readCcel, now }: Omit<ConfigfsOptions, "now"> & { readonly now: Date },
): Promise<AttesterReport> {
  let quote: TdxQuote;
  try {
    quote = parseQuote(outblob);
  } catch (cause) {
    throw new ApocError(providerErrors.TEE_REPORT, { field: "outblob", expected: "a TDX quote", cause });
  }
  if (Buffer.compare(quote.body.reportData, reportData) !== 0) {
    throw new ApocError(providerErrors.TEE_REPORT, {
      field: "outblob",
      expected: "a quote that holds the report data",
      actual: "other report data",
    });
  }
  const bytes = outblob.slice(0, outblob.length - quote.padding);
  const collateral = await collateralForQuote(bytes, pcs, now).catch((error: unknown) => {
    // A verifier has to have collateral of its own where the attester has none.
    if (isApocError(error)) return undefined;
    throw error;
  });
  const eventLog = await readEventLog();
  return { kind: "tdx", quote: bytes, ...(collateral && { collateral }), ...(eventLog && { eventLog }) };
}

/** Log of the guest's firmware and boot loader (ACPI table CCEL), where the kernel shows it to this user. */
async function readCcel(): Promise<Uint8Array | undefined> {
  const log = await readFile("/sys/firmware/acpi/tables/data/CCEL").catch(() => undefined);
  return log === undefined || log.length === 0 || log.length > eventLogLimit
    ? undefined
    : new Uint8Array(log);
}

type Product = NonNullable<ReturnType<typeof productOfCpuid>>;

async function fetchVcek(report: SnpReport, product: Product, kds: AmdKds, at: Date): Promise<Uint8Array> {
  if (report.signerInfo.maskChipKey || report.chipId.every((byte) => byte === 0))
    throw endorsementMissing("a chip id to ask for the VCEK by", "a masked one");
  return kds.vcek(product, report.chipId, report.reportedTcb, at);
}

/** The root of a host counts only if it is the pinned one; then its intermediate is as good as AMD's, or refused. */
async function chainOf(
  host: HostCertificates,
  product: Product,
  kind: "vcek" | "vlek",
  kds: AmdKds,
  at: Date,
) {
  const { intermediate, root } = host;
  if (intermediate !== undefined && root !== undefined && kds.productOf(root) === product)
    return { intermediate, root };
  return kds.chain(product, kind, at);
}

function endorsementMissing(expected: string, actual: string): ApocError {
  return new ApocError(providerErrors.TEE_ENDORSEMENT, { field: "auxblob", expected, actual });
}
