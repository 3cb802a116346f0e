import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { sampleDeployment } from "../testing/sample-deployment.ts";
import { payingChannel } from "../pod/record.ts";
import { deploymentFiles } from "./deployment-files.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-pods-"));
  return () => rm(dir, { recursive: true });
});

test("a record survives the disk exactly, mode 0600", async () => {
  const records = deploymentFiles(join(dir, "pods"));
  const saved = sampleDeployment({ address: "http://books.example/" });
  await records.save(saved);
  const [loaded] = await records.list();
  const { terms } = payingChannel(loaded!);
  expect(loaded).toEqual({ ...saved, channels: [{ ...saved.channels[0], terms }] });
  expect(terms.header.maxExecRate).toBe(1n << 70n);
  const [file = ""] = await readdir(join(dir, "pods"));
  expect((await stat(join(dir, "pods", file))).mode & 0o777).toBe(0o600);
  const text = await readFile(join(dir, "pods", file), "utf8");
  await writeFile(join(dir, "pods", file), text.replace('"name"', '"nome"'));
  await expect(records.list()).rejects.toMatchObject({ code: "APOC-9227" });
  await writeFile(join(dir, "pods", file), text.replace('"version": 2', '"version": 1'));
  await expect(records.list()).rejects.toMatchObject({ code: "APOC-9208", expected: "2", actual: "1" });
});

test("no folder is no record, a removed record is gone, and the newest comes first", async () => {
  const records = deploymentFiles(join(dir, "pods"));
  expect(await records.list()).toEqual([]);
  const old = sampleDeployment();
  const young = sampleDeployment({ podId: `0x${"11".repeat(32)}`, createdAt: "2026-11-23T00:00:00.000Z" });
  for (const each of [young, old]) await records.save(each);
  expect((await records.list()).map(({ podId }) => podId)).toEqual([young.podId, old.podId]);
  await records.remove(young.podId);
  expect((await records.list()).map(({ podId }) => podId)).toEqual([old.podId]);
});
