import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Measured } from "./large-blob.ts";

const program = fileURLToPath(new URL("large-blob.ts", import.meta.url));

test("memory does not grow with the layer: 512 MiB from a gateway", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=apoc-source",
    program,
    "--size",
    "512",
    "--step",
    "fetch",
  ]);
  const { mebibytes, peakRssMebibytes } = JSON.parse(stdout) as Measured;
  expect(mebibytes).toBe(512);
  expect(peakRssMebibytes).toBeLessThan(384);
});
