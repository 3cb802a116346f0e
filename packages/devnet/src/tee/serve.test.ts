import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReport } from "@apoc/attestation";
import { toHex } from "@apoc/encoding";
import { afterAll, beforeAll, expect, test } from "vitest";
import { devnetErrors } from "../errors.ts";
import {
  createDevelopmentRoot,
  type DevelopmentRoot,
  type ServedDevelopmentTee,
  serveDevelopmentTee,
} from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "apoc-tee-"));
const socketPath = join(dir, "tee.sock");
let root: DevelopmentRoot;
let served: ServedDevelopmentTee;
beforeAll(async () => {
  root = await createDevelopmentRoot();
  served = await serveDevelopmentTee({ root, socketPath, hardware: [] });
}, 120_000);
afterAll(async () => {
  await served.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function call(
  path: string,
  body: string,
  { method = "POST", type = "application/json", socket = socketPath } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": type };
    const outgoing = request({ socketPath: socket, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

test("the socket is private and leaves nothing else behind", () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(["tee.sock"]);
});

test("a report binds the report data, and comes with its certificates", async () => {
  const reportData = "5a".repeat(64);
  const { status, body } = await call("/v1/report", JSON.stringify({ reportData }));
  expect(status).toBe(200);
  expect(Object.keys(body).toSorted()).toEqual(["certificates", "report"]);
  const report = readReport(Buffer.from(body["report"] as string, "base64"));
  expect(toHex(report!.reportData)).toBe(reportData);
  expect(body["certificates"]).toEqual({
    vek: Buffer.from(root.certificates.vek).toString("base64"),
    intermediate: Buffer.from(root.certificates.intermediate).toString("base64"),
    root: Buffer.from(root.certificates.root).toString("base64"),
  });
});

test("a derived key is the same at every call", async () => {
  const first = await call("/v1/derived-key", JSON.stringify({ select: ["policy", "measurement"] }));
  const second = await call("/v1/derived-key", JSON.stringify({ select: ["policy", "measurement"] }));
  expect(first).toEqual({
    status: 200,
    body: { key: Buffer.from(served.tee.deriveKey(new Set(["policy", "measurement"]))).toString("base64") },
  });
  expect(second).toEqual(first);
});

test.each<
  [name: string, status: number, field: string, path: string, body: string, options?: Record<string, string>]
>([
  ["another path", 404, "path", "/v1/reports", "{}"],
  ["a path with a query", 404, "path", "/v1/report?x", "{}"],
  ["another method", 405, "method", "/v1/report", "{}", { method: "PUT" }],
  ["another content type", 415, "content-type", "/v1/report", "{}", { type: "text/plain" }],
  ["a body that is too large", 413, "body", "/v1/report", JSON.stringify({ reportData: "0".repeat(5000) })],
  ["a body that is not JSON", 400, "body", "/v1/report", "{"],
  ["an unknown member", 400, "body", "/v1/report", JSON.stringify({ reportData: "00".repeat(64), extra: 1 })],
  ["short report data", 400, "reportData", "/v1/report", JSON.stringify({ reportData: "00".repeat(63) })],
  [
    "upper-case report data",
    400,
    "reportData",
    "/v1/report",
    JSON.stringify({ reportData: "AA".repeat(64) }),
  ],
  ["no selection", 400, "select", "/v1/derived-key", "{}"],
  ["a field twice", 400, "select", "/v1/derived-key", '{"select":["policy","policy"]}'],
  ["a field that hardware does not mix in", 400, "select.0", "/v1/derived-key", '{"select":["hostData"]}'],
])("%s is refused", async (_name, status, field, path, body, options) => {
  const reply = await call(path, body, options);
  expect(reply.status).toBe(status);
  expect(reply.body).toMatchObject({ code: devnetErrors.TEE_REQUEST.code, field });
});

test("a second one does not take a live socket, but takes the place of a dead one", async () => {
  await expect(serveDevelopmentTee({ root, socketPath, hardware: [] })).rejects.toMatchObject({
    code: devnetErrors.TEE_SOCKET.code,
  });
  const other = join(dir, "other.sock");
  writeFileSync(other, "");
  const second = await serveDevelopmentTee({ root, socketPath: other, hardware: [] });
  expect((await call("/v1/derived-key", JSON.stringify({ select: [] }), { socket: other })).status).toBe(200);
  await second.close();
  expect(existsSync(other)).toBe(false);
});

test("it does not run beside a real TEE", async () => {
  const device = join(dir, "sev-guest");
  writeFileSync(device, "");
  const refused = serveDevelopmentTee({ root, socketPath: join(dir, "no.sock"), hardware: [device] });
  await expect(refused).rejects.toMatchObject({
    code: devnetErrors.TEE_BESIDE_HARDWARE.code,
    actual: device,
  });
});
