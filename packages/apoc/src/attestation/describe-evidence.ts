import {
  type Evidence,
  type HclReport,
  isMeterKey,
  meterAddress,
  providerKeyId,
  productOfCpuid,
  parseHclReport,
  parseQuote,
  readReport,
  parseRuntimeData,
  readTcb,
  parseTpmQuote,
  quoteSubject,
  tcbText,
} from "@apoc/attestation";
import { toBase64, toHex } from "@apoc/encoding";

/** One field of evidence: its value as text, and what it means. */
export interface DescribedField {
  readonly field: string;
  readonly value: string;
  readonly meaning: string;
}

const field = (name: string, value: string, meaning: string): DescribedField => ({
  field: name,
  value,
  meaning,
});
const yes = (flag: boolean) => (flag ? "yes" : "no");

/** Every field of evidence in words. What cannot be read is said to be so; nothing here is proven. */
export function describeEvidence(evidence: Evidence): DescribedField[] {
  return [...describeEnvelope(evidence), ...describeKind(evidence)];
}

function describeEnvelope({ kind, nonce, claims }: Evidence): DescribedField[] {
  return [
    field("kind", kind, "technology of the hardware, and what wraps its evidence"),
    field("nonce", toHex(nonce), "what the asking party sent; it must be its own and new"),
    field(
      "claims.wrappingKey",
      providerKeyId(claims.wrappingKey),
      "SHA-256 of the key that grants are encrypted to: the provider key id",
    ),
    field(
      "claims.hpkeKey",
      toBase64(claims.hpkeKey),
      "key of this process that requests are sealed to, after the id of its KEM",
    ),
    field(
      "claims.meterKey",
      isMeterKey(claims.meterKey) ? meterAddress(claims.meterKey) : "no key",
      "account that signs metered usage; channels name it",
    ),
    field(
      "claims.tlsKey",
      claims.tlsKey.length === 0 ? "none" : toBase64(claims.tlsKey),
      "key of the provider's TLS endpoint",
    ),
    field("claims.chainId", String(claims.chainId), "chain whose channels the provider accepts"),
    field("claims.provider", claims.provider, "account of the provider on that chain"),
    field(
      "claims.configurationDigest",
      toHex(claims.configurationDigest),
      "SHA-256 of the operator's RPCs, contracts, monitors and freshness rules",
    ),
    field(
      "claims.nodePolicyDigest",
      toHex(claims.nodePolicyDigest),
      "SHA-256 of the policy for cluster nodes; zeros: one machine",
    ),
  ];
}

function describeKind(evidence: Evidence): DescribedField[] {
  switch (evidence.kind) {
    case "sev-snp":
      return [...describeSnp(evidence.report), describeList(evidence.crl)];
    case "tdx":
      return describeTdx(evidence.quote, evidence.collateral !== undefined);
    case "azure-snp":
    case "azure-tdx": {
      const hcl = attempt(() => parseHclReport(evidence.hclReport));
      const hardware =
        evidence.kind === "azure-snp"
          ? [...describeSnp(hcl?.teeReport ?? new Uint8Array()), describeList(evidence.crl)]
          : describeTdx(evidence.quote, evidence.collateral !== undefined);
      return [
        ...describeWrapping(hcl, evidence.tpm.message),
        ...describePcrs(evidence.tpm.pcrs),
        ...hardware,
      ];
    }
  }
}

function describeSnp(bytes: Uint8Array): DescribedField[] {
  const report = readReport(bytes);
  if (report === undefined) return [field("report", `${bytes.length} bytes`, "not an SNP report")];
  const product = report.cpuid && productOfCpuid(report.cpuid);
  const tcb = (value: Uint8Array) =>
    product === undefined ? toHex(value) : tcbText(readTcb(value, product));
  const { policy, signerInfo } = report;
  const signer =
    ["VCEK, the chip's own", "VLEK, a cloud provider's"][signerInfo.signingKey] ??
    `key ${signerInfo.signingKey}`;
  return [
    field(
      "report.version",
      String(report.version),
      "layout of the report; from 3 on it states the processor",
    ),
    field(
      "report.cpuid",
      product ?? JSON.stringify(report.cpuid ?? "not stated"),
      "processor generation, by family and model",
    ),
    field("report.measurement", toHex(report.measurement), "SHA-384 of what the guest was started from"),
    field(
      "report.hostData",
      toHex(report.hostData),
      "32 bytes that the host fixed at the start, such as the hash of a configuration",
    ),
    field(
      "report.reportData",
      toHex(report.reportData),
      "64 bytes that the guest chose: nonce, keys and claims are hashed into it",
    ),
    field("report.chipId", toHex(report.chipId), "the chip; zero when masked, and with a VLEK"),
    field("report.signingKey", signer, "kind of key that signed the report"),
    field("report.reportedTcb", tcb(report.reportedTcb), "firmware that the signing key stands for"),
    field("report.currentTcb", tcb(report.currentTcb), "firmware that runs"),
    field("report.committedTcb", tcb(report.committedTcb), "firmware that cannot be rolled back any more"),
    field("report.launchTcb", tcb(report.launchTcb), "firmware when the guest was started"),
    field(
      "report.firmware",
      `${report.currentFirmware}, committed ${report.committedFirmware}`,
      "version of the SNP firmware",
    ),
    field("report.vmpl", String(report.vmpl), "privilege level that asked for the report; 0 is the highest"),
    field("report.guestSvn", String(report.guestSvn), "security version of the image, by its author"),
    field(
      "report.policy.debug",
      yes(policy.debug),
      "whether the host may debug the guest; then nothing is secret",
    ),
    field(
      "report.policy.migration",
      yes(policy.migrationAgent),
      "whether a migration agent may move the guest",
    ),
    field("report.policy.smt", yes(policy.smt), "whether two threads may share a core"),
    field(
      "report.aliasCheck",
      yes((report.platformInfo & 0x20n) !== 0n),
      "whether the platform checked for aliased memory",
    ),
    field("report.idKeyDigest", toHex(report.idKeyDigest), "who signed the image; zero: nobody"),
    field("report.authorKeyDigest", toHex(report.authorKeyDigest), "who certified that key; zero: nobody"),
  ];
}

function describeTdx(bytes: Uint8Array, collateral: boolean): DescribedField[] {
  const quote = attempt(() => parseQuote(bytes));
  if (quote === undefined)
    return [field("quote", `${bytes.length} bytes`, "not a TDX quote of version 4 or 5")];
  const { header, body } = quote;
  const platform = quoteSubject(bytes);
  return [
    field("quote.version", String(header.version), "layout of the quote"),
    field(
      "quote.fmspc",
      platform ? `${platform.fmspc}, ${platform.authority} CA` : "unreadable",
      "family of the platform that Intel's collateral is about, and who certified it",
    ),
    field("quote.mrTd", toHex(body.mrTd), "SHA-384 of the firmware that the guest was started from"),
    ...body.rtmrs.map((value, index) => field(`quote.rtmr${index}`, toHex(value), rtmrMeanings[index] ?? "")),
    field("quote.mrConfigId", toHex(body.mrConfigId), "configuration that the host fixed at the start"),
    field("quote.mrSeam", toHex(body.mrSeam), "SHA-384 of the TDX module"),
    field("quote.teeTcbSvn", toHex(body.teeTcbSvn), "security versions of the TDX module and its loader"),
    field(
      "quote.debug",
      yes((body.tdAttributes & 1n) !== 0n),
      "whether the host may debug the guest; then nothing is secret",
    ),
    field("quote.attributes", `0x${body.tdAttributes.toString(16)}`, "attributes of the guest"),
    field(
      "quote.mrServiceTd",
      body.mrServiceTd ? toHex(body.mrServiceTd) : "not stated",
      "service guests bound to this one; zero: none",
    ),
    field(
      "quote.reportData",
      toHex(body.reportData),
      "64 bytes that the guest chose: nonce, keys and claims are hashed into it",
    ),
    field(
      "quote.padding",
      `${quote.padding} bytes`,
      "bytes after the quote, which no signature covers and nobody reads",
    ),
    field(
      "collateral",
      collateral ? "with the evidence" : "none",
      "Intel's lists and TCB information; fetched when missing",
    ),
  ];
}

const rtmrMeanings = [
  "virtual hardware and firmware configuration",
  "boot loader and kernel",
  "command line and initial RAM disk",
  "what the guest measured at run time",
];

function describeWrapping(hcl: HclReport | undefined, message: Uint8Array): DescribedField[] {
  const runtime = hcl && attempt(() => parseRuntimeData(hcl.runtimeData));
  const quote = attempt(() => parseTpmQuote(message));
  return [
    field("hclReport.tee", hcl?.tee ?? "unreadable", "hardware that Azure's paravisor runs on"),
    field(
      "runtimeData.secureBoot",
      runtime ? yes(runtime.secureBoot) : "unreadable",
      "whether the boot chain was verified",
    ),
    field(
      "runtimeData.console",
      runtime ? yes(runtime.consoleEnabled) : "unreadable",
      "whether the serial console is on",
    ),
    field(
      "runtimeData.vmUniqueId",
      runtime?.vmUniqueId ?? "unreadable",
      "the virtual machine, by Azure's number",
    ),
    field(
      "tpm.extraData",
      quote ? toHex(quote.extraData) : "unreadable",
      "SHA-256 of what other kinds bind as report data",
    ),
  ];
}

function describePcrs(pcrs: readonly Uint8Array[]): DescribedField[] {
  return pcrs.map((value, index) =>
    field(`tpm.pcr${index}`, toHex(value), pcrMeanings[index] ?? "for the guest to use"),
  );
}

/** Use of the PCRs (TCG PC Client Platform Firmware Profile; from 8 on by boot loaders and systemd). */
export const pcrMeanings: readonly string[] = [
  "firmware",
  "firmware configuration",
  "drivers and option ROMs",
  "their configuration",
  "boot loader",
  "its configuration, partition table",
  "of the platform's maker",
  "secure boot: state and keys",
  "boot loader: commands",
  "boot loader: files, kernel and initial RAM disk",
  "file integrity (IMA)",
  "unified kernel image",
  "command line and credentials",
  "system extensions",
  "shim: keys",
];

function describeList(crl: Uint8Array | undefined): DescribedField {
  return field(
    "crl",
    crl ? `${crl.length} bytes` : "none",
    "revocation list of AMD's root; fetched when missing",
  );
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
