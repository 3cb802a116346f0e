import { randomBytes } from "node:crypto";
import { type AmdKds, productOfCpuid, readReport, reportSize, type SnpReport } from "@apoc/attestation";
import { ApocError, isApocError } from "@apoc/errors";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { providerErrors } from "../errors.ts";
import type { Attester, AttesterReport } from "./attester.ts";
import { type HostCertificates, readCertificateTable } from "./certificate-table.ts";
import { kernelFiles, type TsmFiles } from "./tsm-files.ts";
import { readTsmReport, type TsmReport } from "./tsm-report.ts";

/** Options of {@link configfsAttester}. */
export interface ConfigfsOptions {
  /** Where certificates that the host left out come from. */
  readonly kds: AmdKds;
  readonly files?: TsmFiles;
  readonly root?: string;
  /** VMPL of the reports; the kernel's own unless given. */
  readonly privlevel?: number | undefined;
  /** Moment that certificates must be valid at; the clock's unless given. */
  readonly now?: () => Date;
}

/**
 * The TEE that this process runs in, by Linux' configfs-tsm. Where there is none, every call fails with TEE_MISSING:
 * nothing stands in for it. The interface knows no derived key, so secrets derive from randomness that lives in this
 * process only.
 */
export function configfsAttester(options: ConfigfsOptions): Attester {
  const { kds, files = kernelFiles, root, privlevel, now = () => new Date() } = options;
  const secret = randomBytes(32);
  return {
    development: false,
    keyLifetime: "process",
    async report(reportData) {
      const answer = await readTsmReport({ files, inblob: reportData, privlevel, ...(root && { root }) });
      if (answer.provider !== "sev_guest") {
        throw new ApocError(providerErrors.TEE_MISSING, {
          field: "provider",
          expected: "sev_guest",
          actual: answer.provider,
        });
      }
      return endorse(answer, reportData, kds, now());
    },
    deriveKey: (context) =>
      Promise.resolve(hkdf(sha256, secret, undefined, new TextEncoder().encode(context), 32)),
  };
}

/** Adds what a verifier needs; what the host gave is taken where it fits and asked for at AMD's service otherwise. */
async function endorse(
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
  return crl === undefined ? { report: outblob, certificates } : { report: outblob, certificates, crl };
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
