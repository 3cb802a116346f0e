import { access } from "node:fs/promises";
import { AmdKds, IntelPcs, readReport, reportSize } from "@apoc/attestation";
import { zeroAddress } from "viem";
import { expect, test } from "vitest";
import { providerErrors } from "../errors.ts";
import { certificateGuids, readCertificateTable } from "./certificate-table.ts";
import type { Attester } from "./attester.ts";
import { configfsAttester } from "./configfs-attester.ts";
import { attesterWarnings } from "./attester-warnings.ts";
import { createProviderKeys } from "./provider-keys.ts";
import { certificateTable } from "./testing/certificate-table.ts";
import { tsmModel, type TsmModelOptions } from "./testing/tsm-model.ts";
import { kernelFiles } from "./tsm-files.ts";
import { readTsmReport, tsmRoot } from "./tsm-report.ts";

const inblob = Uint8Array.from({ length: 64 }, (_, index) => index + 1);
const code = (name: keyof typeof providerErrors) => ({ code: providerErrors[name].code });
/** Neither answers: what a test needs has to come from elsewhere, or fail. */
const services = { kds: new AmdKds({ offline: true }), pcs: new IntelPcs({ offline: true }) };
const ask = (options: TsmModelOptions, privlevel?: number) =>
  readTsmReport({ files: tsmModel(options), inblob, privlevel });

test("a request: the report of what was written, the certificates, and no folder left", async () => {
  const auxblob = Uint8Array.of(9, 9);
  const files = tsmModel({ device: (data) => ({ outblob: Uint8Array.of(7, ...data), auxblob }) });
  expect(await readTsmReport({ files, inblob })).toEqual({
    provider: "sev_guest",
    outblob: Uint8Array.of(7, ...inblob),
    auxblob,
  });
  expect(files.folders.size).toBe(0);
});

test("blobs are read to their end, page by page, up to what the kernel permits", async () => {
  const outblob = Uint8Array.from({ length: 32_768 }, (_, index) => index % 251);
  expect((await ask({ device: () => ({ outblob }) })).outblob).toEqual(outblob);
  const { provider, auxblob } = await ask({
    provider: "tdx_guest",
    device: () => ({ outblob, auxblob: outblob }),
  });
  expect(provider).toBe("tdx_guest");
  expect(auxblob).toHaveLength(0);
});

test("requests at the same time have folders of their own", async () => {
  const files = tsmModel({ device: (data) => ({ outblob: data }) });
  const inblobs = [1, 2, 3, 4].map((value) => new Uint8Array(64).fill(value));
  const reports = await Promise.all(inblobs.map((data) => readTsmReport({ files, inblob: data })));
  expect(reports.map(({ outblob }) => outblob)).toEqual(inblobs);
});

test("a privilege level is written first, and counts as a write", async () => {
  const device = (data: Uint8Array, level: number) => ({ outblob: Uint8Array.of(level, ...data) });
  expect((await ask({ device, privlevelFloor: 1 }, 2)).outblob[0]).toBe(2);
  await expect(ask({ device, privlevelFloor: 2 }, 1)).rejects.toMatchObject({
    ...code("TEE_REPORT"),
    field: "privlevel",
    expected: "at least 2",
  });
  await expect(ask({ device }, 4)).rejects.toMatchObject({ ...code("TEE_REPORT"), actual: "EINVAL" });
});

test("a write that the kernel drops at close, without a word, is noticed by the generation", async () => {
  const refused = ask({ refuseInblob: true });
  await expect(refused).rejects.toMatchObject({ ...code("TEE_REPORT"), field: "generation", actual: "0" });
});

test.each(["generation", "outblob", "auxblob"])(
  "somebody else's write before %s is noticed",
  async (name) => {
    const device = (data: Uint8Array) => ({ outblob: data });
    await expect(ask({ device, intruderBefore: name })).rejects.toMatchObject({
      ...code("TEE_REPORT"),
      field: "generation",
      actual: "2",
    });
  },
);

test.each<[string, TsmModelOptions, keyof typeof providerErrors, string]>([
  ["no module", { absent: true }, "TEE_MISSING", "ENOENT"],
  ["no provider", { provider: undefined }, "TEE_MISSING", "ENXIO"],
  ["another kind of TEE", { provider: "arm_cca_guest" }, "TEE_MISSING", "arm_cca_guest"],
  [
    "a report too large",
    { device: () => ({ outblob: new Uint8Array(32_769) }) },
    "TEE_REPORT",
    "a larger blob (EFBIG)",
  ],
  [
    "certificates too large",
    { device: () => ({ outblob: inblob, auxblob: new Uint8Array(32_769) }) },
    "TEE_REPORT",
    "a larger blob (EFBIG)",
  ],
  ["a device that is busy", { errno: { outblob: "EBUSY" } }, "TEE_REPORT", "EBUSY"],
  ["a device that takes too long", { errno: { outblob: "ETIMEDOUT" } }, "TEE_REPORT", "ETIMEDOUT"],
  ["a user without permission", { errno: { provider: "EACCES" } }, "TEE_FORBIDDEN", "EACCES"],
])("%s is an error of its own, and leaves no folder", async (_, options, name, actual) => {
  const files = tsmModel(options);
  await expect(readTsmReport({ files, inblob })).rejects.toMatchObject({ ...code(name), actual });
  expect(files.folders.size).toBe(0);
});

test("report data of another size are not written at all", async () => {
  const files = tsmModel();
  for (const size of [0, 63, 65])
    await expect(readTsmReport({ files, inblob: new Uint8Array(size) })).rejects.toMatchObject(
      code("TEE_REPORT"),
    );
});

test("the model refuses 65 bytes as the kernel does, and reads before writes", async () => {
  const files = tsmModel();
  await files.mkdir("/t/a");
  const handle = await files.open("/t/a/inblob", "write");
  await handle.write(new Uint8Array(40));
  await expect(handle.write(new Uint8Array(25))).rejects.toMatchObject({ code: "EFBIG" });
  await handle.close();
  const early = tsmModel();
  await early.mkdir("/t/b");
  const outblob = await early.open("/t/b/outblob", "read");
  await expect(outblob.read(new Uint8Array(10))).rejects.toMatchObject({ code: "EINVAL" });
});

test("this machine, unless it is a guest of a TEE, is told so and nothing stands in", async () => {
  const there = await access(tsmRoot).then(
    () => true,
    () => false,
  );
  const attester = configfsAttester({
    ...services,
    ...(there ? { root: "/nonexistent" } : {}),
  });
  await expect(attester.report(inblob)).rejects.toMatchObject(code("TEE_MISSING"));
  await expect(readTsmReport({ files: kernelFiles, root: "/proc", inblob })).rejects.toMatchObject({
    code: expect.stringMatching(`${providerErrors.TEE_MISSING.code}|${providerErrors.TEE_FORBIDDEN.code}`),
  });
});

test("a report that binds other data, or is of another size, is not passed on", async () => {
  const attest = (device: TsmModelOptions["device"]) =>
    configfsAttester({ ...services, files: tsmModel({ ...(device && { device }) }) }).report(inblob);
  await expect(attest(() => ({ outblob: new Uint8Array(reportSize) }))).rejects.toMatchObject(
    code("TEE_REPORT"),
  );
  await expect(attest((data) => ({ outblob: data }))).rejects.toMatchObject(code("TEE_REPORT"));
});

test("a TDX guest whose quote cannot be read is told so", async () => {
  const device = (data: Uint8Array) => ({ outblob: data });
  const attester = configfsAttester({ ...services, files: tsmModel({ provider: "tdx_guest", device }) });
  await expect(attester.report(inblob)).rejects.toMatchObject({ ...code("TEE_REPORT"), field: "outblob" });
});

test("without certificates of the host and without the service there is no evidence", async () => {
  const attest = (change: (report: Uint8Array) => void, auxblob?: Uint8Array) => {
    const device = (data: Uint8Array) => {
      const outblob = new Uint8Array(reportSize);
      outblob.set([3]);
      outblob.set([0x19, 0x11], 0x188);
      outblob.set(data, 0x50);
      change(outblob);
      return auxblob === undefined ? { outblob } : { outblob, auxblob };
    };
    return configfsAttester({ ...services, files: tsmModel({ device }) }).report(inblob);
  };
  await expect(attest((report) => report.fill(1, 0x1a0, 0x1e0))).rejects.toMatchObject({ code: "APOC-3404" });
  const without = code("TEE_ENDORSEMENT");
  await expect(attest(() => undefined)).rejects.toMatchObject({ ...without, actual: "a masked one" });
  await expect(attest((report) => report.set([4], 0x48))).rejects.toMatchObject({
    ...without,
    actual: "none",
  });
  await expect(attest((report) => report.set([0x1b], 0x188))).rejects.toMatchObject(without);
  const stranger = certificateTable({
    vcek: Uint8Array.of(1),
    intermediate: Uint8Array.of(2),
    root: Uint8Array.of(3),
  });
  await expect(attest(() => undefined, stranger)).rejects.toMatchObject({ code: "APOC-3404" });
});

test("the wrapping key lives as long as the process", async () => {
  const [first, second] = [configfsAttester(services), configfsAttester(services)];
  expect(first).toMatchObject({ development: false, keyLifetime: "process" });
  const binding = { configurationDigest: new Uint8Array(32), chainId: 1, provider: zeroAddress };
  const keyId = async (attester: Attester) => (await createProviderKeys(attester, binding)).wrapping.keyId;
  const own = await keyId(first!);
  expect(await keyId(first!)).toBe(own);
  expect(await keyId(second!)).not.toBe(own);
  expect(attesterWarnings(first)).toEqual([expect.stringContaining("every grant")]);
});

test("a certificate table gives what its GUIDs name and passes over others", () => {
  const table = certificateTable(
    { vcek: Uint8Array.of(1, 2), intermediate: Uint8Array.of(3), root: Uint8Array.of(4, 5, 6) },
    [["00112233-4455-6677-8899-aabbccddeeff", Uint8Array.of(7)]],
  );
  expect(readCertificateTable(table)).toEqual({
    vcek: Uint8Array.of(1, 2),
    intermediate: Uint8Array.of(3),
    root: Uint8Array.of(4, 5, 6),
  });
  expect(readCertificateTable(new Uint8Array())).toEqual({});
  expect(readCertificateTable(new Uint8Array(24))).toEqual({});
  // Views into larger memory are read at their own offset.
  const padded = new Uint8Array(table.length + 8);
  padded.set(table, 8);
  expect(readCertificateTable(padded.subarray(8)).vcek).toEqual(Uint8Array.of(1, 2));
});

test.each<[string, (table: Uint8Array, view: DataView) => Uint8Array]>([
  ["a length beyond the end", (table, view) => (view.setUint32(20, 1000, true), table)],
  ["an offset beyond the end", (table, view) => (view.setUint32(16, 0xffffff00, true), table)],
  [
    "a sum that would wrap in 32 bits",
    (table, view) => (view.setUint32(16, 0xfffffff0, true), view.setUint32(20, 0x20, true), table),
  ],
  ["a length of zero", (table, view) => (view.setUint32(20, 0, true), table)],
  ["no end", (table) => table.slice(0, 24)],
  ["half an entry", (table) => table.slice(0, 30)],
  ["one certificate twice", (table) => Uint8Array.from([...table.slice(0, 24), ...table])],
])("a certificate table with %s is refused", (_, spoil) => {
  const table = certificateTable({ vcek: Uint8Array.of(1, 2) });
  const spoilt = spoil(table, new DataView(table.buffer));
  expect(() => readCertificateTable(spoilt)).toThrowError(expect.objectContaining(code("ATTESTER_ANSWER")));
});

test("the GUIDs differ, and the report reader agrees on the fields used here", () => {
  expect(new Set(Object.values(certificateGuids)).size).toBe(4);
  const report = new Uint8Array(reportSize);
  report.set([3]);
  report.set([0x1a, 0x02], 0x188);
  expect(readReport(report)?.cpuid).toMatchObject({ family: 0x1a, model: 2 });
});
