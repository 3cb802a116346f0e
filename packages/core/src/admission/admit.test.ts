import { expect, test, vi } from "vitest";
import { admissionErrors } from "../errors.ts";
import { admit, assess, CheckRun, checks } from "./admit.ts";
import { type CheckName, checkNames } from "./check-names.ts";
import { people, scene, silentSource } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("the untouched scene passes all nine checks, and holds what they prove", async () => {
  expect(await refusals({})).toEqual({});
  const { images } = await admit(await scene());
  const [ledger, web] = [...images.values()];
  expect(ledger).toMatchObject({
    license: { developer: `eip155:31337:${people.developer.address}` },
    imageKey: { crv: "P-256" },
  });
  expect(web?.license).toBeUndefined();
  expect(web).not.toHaveProperty("imageKey");
});

test("every check has its place, after all that it builds on", () => {
  expect(checks.map(({ name }) => name)).toEqual(checkNames);
  const before = new Set<CheckName>();
  for (const { name, needs } of checks) {
    expect(
      needs.filter((needed) => !before.has(needed)),
      name,
    ).toEqual([]);
    before.add(name);
  }
});

test("a check is told what it builds on, and no more", async () => {
  const admission = await scene();
  const run = new CheckRun();
  for (const check of checks) {
    const told = vi.spyOn(check, "run");
    await run.run(check, admission);
    expect(Object.keys(told.mock.calls[0]![1]), check.name).toEqual(check.needs);
  }
});

test("a pod that the provider starts by itself passes without a request", async () => {
  const { request: _, ...admission } = await scene();
  await expect(admit(admission)).resolves.toBeDefined();
});

test("the first failure wins", async () => {
  const broken = await scene({
    requestSigner: people.stranger,
    sources: [silentSource],
    state: { deposited: 0n },
  });
  await expect(admit(broken)).rejects.toMatchObject({ code: admissionErrors.REQUEST_SIGNATURE.code });
  const later = await scene({ sources: [silentSource], state: { deposited: 0n } });
  await expect(admit(later)).rejects.toMatchObject({ code: admissionErrors.CHAIN_UNREACHABLE.code });
});

test("a quote reports every verdict, those that need payment as later", async () => {
  const verdicts = await assess(await scene({ state: { deposited: 0n }, usedNonces: "all" }));
  expect(verdicts.map(({ check }) => check)).toEqual(checkNames);
  expect(verdicts.filter(({ verdict }) => verdict === "later").map(({ check }) => check)).toEqual([
    "request",
    "funds",
    "possession",
  ]);
  expect(verdicts.filter(({ verdict }) => verdict === "fail")).toEqual([]);
});

test("a quote goes on after a failure that later checks do not build on, and stops after one that they do", async () => {
  const independent = await assess(await scene({ floor: 4_000_000_000, header: { grace: 60 } }));
  const failed = independent.filter(({ verdict }) => verdict === "fail");
  expect(failed.map(({ error }) => error?.code)).toEqual([
    admissionErrors.GRANT_REVOKED.code,
    admissionErrors.TERMS_DELAY.code,
  ]);
  const founded = await assess(await scene({ sources: [silentSource] }));
  expect(founded.filter(({ verdict }) => verdict === "skipped").map(({ check }) => check)).toEqual([
    "identity",
    "license",
    "grant",
    "terms",
    "protection",
  ]);
});
