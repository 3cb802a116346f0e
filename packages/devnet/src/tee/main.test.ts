import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseTrustPolicy } from "@apoc/attestation";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("main.ts", import.meta.url));
const start = (...args: string[]) => {
  const child = spawn(process.execPath, ["--conditions", "apoc-source", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return { child, stderr: () => stderr };
};

test("the attester says where it serves, warns, and leaves no socket behind", async () => {
  const dir = mkdtempSync(join(tmpdir(), "apoc-tee-"));
  const socket = join(dir, "tee.sock");
  const { child, stderr } = start("--dir", join(dir, "state"), "--socket", socket);
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const ready = JSON.parse(line) as Record<string, string>;
    expect(ready["socket"]).toBe(socket);
    expect(existsSync(socket)).toBe(true);
    expect(parseTrustPolicy(ready["policy"] ?? "")).toMatchObject({
      development: true,
      roots: [{ sha256: ready["root"] }],
    });
    expect(stderr()).toContain("NOT A TEE");
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    expect(code).toBe(0);
    expect(existsSync(socket)).toBe(false);
  } finally {
    child.kill("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}, 120_000);

test("wrong arguments end it with status 1", async () => {
  const { child, stderr } = start("--dir", "x");
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(1);
  expect(stderr()).toContain("--socket");
}, 60_000);
