import { ByteReader, LayoutError } from "../tdx/byte-reader.ts";

/** Maximum number of bytes of an HCL report: what the vTPM's NV index holds, with room. */
export const hclReportLimit = 8192;
const magic = 0x414c4348; // "HCLA"
const teeReportSize = 1184;
const requestSize = 20;
/** Offset of REPORT_DATA in a TD report (Intel TDX module ABI, REPORTMACSTRUCT). */
const tdReportData = 0x80;

/** What Azure's paravisor leaves in NV index 0x01400001 of the vTPM. Nothing of it is proven by reading it. */
export interface HclReport {
  readonly tee: "snp" | "tdx";
  /** SNP: the signed report, 1184 bytes. TDX: the TD report, which is not signed and only names what a quote proves. */
  readonly teeReport: Uint8Array<ArrayBuffer>;
  /** The runtime data, JSON, as they were hashed. */
  readonly runtimeData: Uint8Array<ArrayBuffer>;
}

/**
 * Reads an HCL report: header of 32 bytes, hardware report padded to 1184 bytes, request header of 20 bytes, runtime
 * data, zeros. Neither header is covered by a signature, so every field must have the one value that fits.
 * Throws `LayoutError`.
 */
export function readHclReport(bytes: Uint8Array): HclReport {
  if (bytes.length > hclReportLimit) throw new LayoutError("the HCL report is too large");
  const reader = new ByteReader(Uint8Array.from(bytes));
  expect(reader.u32() === magic, "no HCL report");
  const version = reader.u32();
  expect(version === 1 || version === 2, `version ${version} of an HCL report`);
  const size = reader.u32();
  expect(reader.u32() === 2, "another request type");
  expect(reader.u32() === 0, "a status other than success");
  expect(isZero(reader.take(12)), "reserved bytes are not zero");
  const teeReport = reader.take(teeReportSize);
  const request = { size: reader.u32(), version: reader.u32(), type: reader.u32(), hash: reader.u32() };
  const length = reader.u32();
  expect(request.version === 1, "another version of the request data");
  expect(request.hash === 1, "runtime data hashed with another algorithm than SHA-256");
  expect(request.size === requestSize + length, "sizes that contradict each other");
  expect(size === 32 + teeReportSize + request.size, "sizes that contradict each other");
  const tee = request.type === 2 ? "snp" : request.type === 4 ? "tdx" : undefined;
  if (tee === undefined) throw new LayoutError(`report type ${request.type}`);
  const runtimeData = reader.take(length);
  expect(isZero(reader.take(reader.left)), "bytes after the runtime data");
  return { tee, teeReport, runtimeData };
}

/** REPORT_DATA of a hardware report: at 0x50 for SNP, at 0x80 for TDX. */
export function reportDataOf({ tee, teeReport }: HclReport): Uint8Array<ArrayBuffer> {
  const start = tee === "snp" ? 0x50 : tdReportData;
  return teeReport.subarray(start, start + 64);
}

function expect(condition: boolean, finding: string): void {
  if (!condition) throw new LayoutError(finding);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
