import { expect, test } from "vitest";
import { sampleDeployment } from "../testing/sample-deployment.ts";
import { findDeployment, findOpenDeployment, memoryRecords } from "./records.ts";

test("a pod is found by name, id, and the unique beginning of an id; an open one before a closed one", async () => {
  const records = memoryRecords();
  const one = sampleDeployment({ podId: `0x7c${"7c".repeat(31)}` });
  const two = sampleDeployment({ podId: `0x7c${"00".repeat(31)}`, name: "wiki" });
  const old = sampleDeployment({ podId: `0x${"11".repeat(32)}`, state: "closed" });
  for (const each of [one, two, old]) await records.save(each);
  expect((await findDeployment(records, "books")).podId).toBe(one.podId);
  expect((await findDeployment(records, "0x7c00")).podId).toBe(two.podId);
  expect((await findDeployment(records, old.podId.toUpperCase().replace("0X", "0x"))).podId).toBe(old.podId);
  await expect(findDeployment(records, "0x7c")).rejects.toMatchObject({ code: "APOC-9221" });
  await expect(findDeployment(records, "nobody")).rejects.toMatchObject({ code: "APOC-9220" });
  expect((await findOpenDeployment(records, "books", "local"))?.podId).toBe(one.podId);
  expect(await findOpenDeployment(records, "books", "other")).toBeUndefined();
  await records.remove(one.podId);
  expect((await findDeployment(records, "books")).podId).toBe(old.podId);
  expect(await findOpenDeployment(records, "books", "local")).toBeUndefined();
});
