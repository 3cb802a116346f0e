import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { admit, assess } from "./admit.ts";
import { checkNames } from "./admission.ts";
import { people, scene, silentSource } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("the untouched scene passes all nine checks, and holds what they prove", async () => {
  expect(await refusals({})).toEqual({});
  const admission = await admit(await scene());
  expect(admission.confirmed?.number).toBe(996n);
  const [ledger, web] = [...admission.images.values()];
  expect(ledger?.license?.developer).toBe(`eip155:31337:${people.developer.address}`);
  expect(ledger?.imageKey?.crv).toBe("P-256");
  expect(web?.license).toBeUndefined();
  expect(web?.imageKey).toBeUndefined();
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
    "reuse",
  ]);
});
