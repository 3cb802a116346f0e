import { expect, test } from "vitest";
import { toHex } from "@apoc/encoding";
import { attestationErrors } from "../errors.ts";
import { azureMachine, concat, hclReport, tpmQuote } from "../testing/azure.ts";
import { flip } from "../testing/development.ts";
import { parseHclReport, parseRuntimeData, parseTpmQuote } from "./readers.ts";
import { type AzureWrapping, tpmExtraData, verifyAzureWrapping } from "./verify.ts";

const machine = await azureMachine();
const extraData = tpmExtraData(new Uint8Array(64).fill(5));
const reference = {
  pcrs: { 4: [toHex(machine.pcrs[4]!)], 11: ["00".repeat(32), toHex(machine.pcrs[11]!)] },
  requireSecureBoot: true,
};

function teeReport(tee: "snp" | "tdx", reportData = machine.reportData): Uint8Array {
  const report = new Uint8Array(1184);
  report.set(reportData, tee === "snp" ? 0x50 : 0x80);
  return report;
}

async function wrapping(from = machine, tee: "snp" | "tdx" = "snp"): Promise<AzureWrapping> {
  const message = from.quote(extraData);
  return {
    hclReport: hclReport(tee, teeReport(tee, from.reportData), from.runtimeData),
    tpm: { message, signature: await from.sign(message), pcrs: from.pcrs },
  };
}
const good = await wrapping();

async function firstFailure(
  subject: AzureWrapping,
  options: {
    tee?: "snp" | "tdx";
    reference?: typeof reference | { pcrs: Record<string, string[]>; requireSecureBoot: boolean };
    extraData?: Uint8Array;
  } = {},
) {
  const verdict = await verifyAzureWrapping(
    subject,
    options.tee ?? "snp",
    options.reference ?? reference,
    options.extraData ?? extraData,
  );
  return verdict.checks.affirming ? "none" : verdict.checks.firstFailure?.name;
}
const withTpm = (change: Partial<AzureWrapping["tpm"]>): AzureWrapping => ({
  ...good,
  tpm: { ...good.tpm, ...change },
});
const signed = async (message: Uint8Array, pcrs = machine.pcrs) =>
  withTpm({ message, signature: await machine.sign(message), pcrs });

test("nonce, quote, key, runtime data and report data hang together, for SNP and for TDX", async () => {
  const verdict = await verifyAzureWrapping(good, "snp", reference, extraData);
  expect(verdict.checks.results.map(({ name, verdict: found }) => [name, found])).toEqual(
    [
      "HCL_REPORT",
      "RUNTIME_DATA",
      "AK_MISSING",
      "TPM_QUOTE",
      "TPM_SIGNATURE",
      "TPM_NONCE",
      "TPM_PCR_DIGEST",
      "TPM_PCRS",
      "SECURE_BOOT",
    ].map((name) => [name, "pass"]),
  );
  expect(verdict.hardwareReportData).toEqual(machine.reportData);
  expect(verdict.runtime).toMatchObject({ secureBoot: true, consoleEnabled: true });
  expect(await firstFailure(await wrapping(machine, "tdx"), { tee: "tdx" })).toBe("none");
});

test("evidence of one kind of hardware is not taken for the other", async () => {
  expect(await firstFailure(good, { tee: "tdx" })).toBe("HCL_REPORT");
});

test("every flipped bit of the HCL report outside of the hardware report is refused", async () => {
  const { hclReport: bytes } = good;
  const accepted: number[] = [];
  for (let offset = 0; offset < bytes.length; offset++) {
    if (offset >= 0x20 && offset < 0x4c0) continue;
    const { checks } = await verifyAzureWrapping(
      { ...good, hclReport: flip(bytes, offset, offset % 8) },
      "snp",
      reference,
      extraData,
    );
    if (checks.affirming) accepted.push(offset);
  }
  expect(accepted).toEqual([]);
});

test("every flipped bit of the TPM's message and signature, and of a PCR, is refused", async () => {
  const { message, signature, pcrs } = good.tpm;
  const accepted: string[] = [];
  const attempt = async (name: string, change: Partial<AzureWrapping["tpm"]>) => {
    if ((await firstFailure(withTpm(change))) === "none") accepted.push(name);
  };
  for (let bit = 0; bit < message.length * 8; bit++)
    await attempt(`m${bit}`, { message: flip(message, bit >> 3, bit & 7) });
  for (let bit = 0; bit < signature.length * 8; bit += 5)
    await attempt(`s${bit}`, { signature: flip(signature, bit >> 3, bit & 7) });
  for (let index = 0; index < 24; index++)
    await attempt(`p${index}`, { pcrs: pcrs.map((value, i) => (i === index ? flip(value, 3, 3) : value)) });
  expect(accepted).toEqual([]);
});

test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
  ["cut short", (bytes) => bytes.slice(0, 1300)],
  ["empty", () => new Uint8Array()],
  ["with a byte in the padding", (bytes) => concat(bytes.slice(0, -1), Uint8Array.of(1))],
  ["too large", (bytes) => concat(bytes, new Uint8Array(8192))],
  ["with a length beyond its end", (bytes) => bytes.slice(0, -150)],
])("an HCL report %s is refused", async (_, change) => {
  expect(await firstFailure({ ...good, hclReport: change(good.hclReport) })).toBe("HCL_REPORT");
});

test("runtime data of another machine do not fit the hardware report", async () => {
  const other = await azureMachine();
  const mixed = {
    hclReport: hclReport("snp", teeReport("snp"), other.runtimeData),
    tpm: (await wrapping(other)).tpm,
  };
  expect(await firstFailure(mixed)).toBe("RUNTIME_DATA");
  expect(await firstFailure({ ...good, tpm: (await wrapping(other)).tpm })).toBe("TPM_SIGNATURE");
  // SHA-256 fills half of REPORT_DATA; the rest is zero.
  const tail = Uint8Array.from(machine.reportData);
  tail[63] = 1;
  expect(
    await firstFailure({ ...good, hclReport: hclReport("snp", teeReport("snp", tail), machine.runtimeData) }),
  ).toBe("RUNTIME_DATA");
});

type Data = { keys: Record<string, unknown>[]; "vm-configuration": Record<string, unknown> };
test.each<[string, (data: Data) => unknown]>([
  ["no key", (data) => ({ ...data, keys: [] })],
  ["two attestation keys", (data) => ({ ...data, keys: [data.keys[0], data.keys[0]] })],
  [
    "an encryption key of that name",
    (data) => ({ ...data, keys: [{ ...data.keys[0], key_ops: ["encrypt"] }] }),
  ],
  ["another exponent", (data) => ({ ...data, keys: [{ ...data.keys[0], e: "Aw" }] })],
  ["a short modulus", (data) => ({ ...data, keys: [{ ...data.keys[0], n: "AQAB" }] })],
  ["no configuration", ({ keys }) => ({ keys })],
  [
    "secure boot as a text",
    (data) => ({ ...data, "vm-configuration": { ...data["vm-configuration"], "secure-boot": "true" } }),
  ],
])("runtime data with %s are refused", async (_, change) => {
  const bent = await azureMachine((data) => change(data as Data));
  expect(await firstFailure(await wrapping(bent))).toBe("AK_MISSING");
});

test("runtime data that name a member twice are refused", async () => {
  const text = new TextDecoder().decode(machine.runtimeData);
  const runtimeData = new TextEncoder().encode(
    text.replace('"vm-configuration"', '"keys":[],"vm-configuration"'),
  );
  const reportData = new Uint8Array(64);
  reportData.set(new Uint8Array(await crypto.subtle.digest("SHA-256", runtimeData)));
  expect(
    await firstFailure({ ...good, hclReport: hclReport("snp", teeReport("snp", reportData), runtimeData) }),
  ).toBe("AK_MISSING");
});

test("without secure boot evidence passes only where the policy does not ask for it", async () => {
  const off = await azureMachine((data) => ({
    ...data,
    "vm-configuration": { ...(data as Data)["vm-configuration"], "secure-boot": false },
  }));
  expect(await firstFailure(await wrapping(off))).toBe("SECURE_BOOT");
  expect(
    await firstFailure(await wrapping(off), { reference: { ...reference, requireSecureBoot: false } }),
  ).toBe("none");
});

test("a quote binds this nonce", async () => {
  expect(await firstFailure(good, { extraData: tpmExtraData(new Uint8Array(64)) })).toBe("TPM_NONCE");
  expect(await firstFailure(await signed(machine.quote(new Uint8Array())))).toBe("TPM_NONCE");
});

test("a quote covers all PCRs of the SHA-256 bank, with the stated values", async () => {
  const other = machine.pcrs.map((value, index) => (index === 9 ? flip(value, 0, 0) : value));
  expect(await firstFailure(withTpm({ pcrs: other }))).toBe("TPM_PCR_DIGEST");
  expect(await firstFailure(withTpm({ pcrs: machine.pcrs.slice(0, 23) }))).toBe("TPM_PCR_DIGEST");
  // Moving bytes from one value to the next leaves their concatenation as it was.
  const moved = [
    machine.pcrs[0]!.slice(0, 31),
    concat(machine.pcrs[0]!.slice(31), machine.pcrs[1]!),
    ...machine.pcrs.slice(2),
  ];
  expect(await firstFailure(withTpm({ pcrs: moved }))).toBe("TPM_PCR_DIGEST");
  const digest = new Uint8Array(32);
  for (const selection of [
    "00000001000b03fffffe",
    "00000001000403ffffff",
    "00000002000b03ffffff000403ffffff",
    "00000001000b02ffff",
    "00000000",
  ])
    expect(await firstFailure(await signed(tpmQuote(extraData, digest, selection)))).toBe("TPM_QUOTE");
  expect(await firstFailure(await signed(concat(machine.quote(extraData), Uint8Array.of(0))))).toBe(
    "TPM_QUOTE",
  );
  const certify = Uint8Array.from(machine.quote(extraData));
  certify[5] = 0x17;
  expect(await firstFailure(await signed(certify))).toBe("TPM_QUOTE");
});

test("PCRs that the policy names must have an accepted value, and a policy must name some", async () => {
  const policy = (pcrs: Record<string, string[]>) => ({ reference: { pcrs, requireSecureBoot: true } });
  expect(await firstFailure(good, policy({}))).toBe("TPM_PCRS");
  expect(await firstFailure(good, policy({ 4: [] }))).toBe("TPM_PCRS");
  expect(await firstFailure(good, policy({ 4: ["11".repeat(32)] }))).toBe("TPM_PCRS");
  expect(await firstFailure(good, policy({ 4: [toHex(machine.pcrs[4]!)], 24: [""] }))).toBe("TPM_PCRS");
});

test("readers for others fail with their code alone", () => {
  const named = (name: keyof typeof attestationErrors) =>
    expect.objectContaining({ code: attestationErrors[name].code });
  expect(parseHclReport(good.hclReport)).toMatchObject({ tee: "snp" });
  expect(parseRuntimeData(machine.runtimeData).secureBoot).toBe(true);
  expect(parseTpmQuote(good.tpm.message).extraData).toEqual(extraData);
  for (const bytes of [new Uint8Array(), new Uint8Array(100), new Uint8Array(9000)]) {
    expect(() => parseHclReport(bytes)).toThrowError(named("HCL_REPORT"));
    expect(() => parseRuntimeData(bytes)).toThrowError(named("AK_MISSING"));
    expect(() => parseTpmQuote(bytes)).toThrowError(named("TPM_QUOTE"));
  }
});
