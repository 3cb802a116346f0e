import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Grant } from "@apoc/core";
import type { Digest } from "@apoc/oci";
import { concat, keccak256 } from "viem";
import { expect, onTestFinished, test } from "vitest";
import { listGrants, saveGrant } from "./grant-store.ts";
import { revocationFloor, revocationScope } from "./revocation.ts";

const image: Digest = `sha256:${"ab".repeat(32)}`;
const keyId = "cd".repeat(32);
const grant = (notAfter: number, id = keyId): Grant => ({
  version: 2,
  image,
  providerKeyId: id,
  licenseHash: `0x${"00".repeat(32)}`,
  notAfter,
  policyDigest: "ef".repeat(32),
  jwe: "a.b.c.d.e",
  developer: "eip155:31337:0x0000000000000000000000000000000000000001",
  signature: "0x00",
});

test("scopes are those of the contract: the image, or keccak256(abi.encode(image, key))", () => {
  expect(revocationScope(image)).toBe(`0x${"ab".repeat(32)}`);
  expect(revocationScope(image, keyId)).toBe(
    keccak256(concat([`0x${"ab".repeat(32)}`, `0x${"cd".repeat(32)}`])),
  );
});

test("the floor is at the longest grant that is known, and never in the past", () => {
  expect(revocationFloor([grant(2000), grant(3000), grant(1000)], 1500)).toBe(3000n);
  expect(revocationFloor([grant(1000)], 1500)).toBe(1500n);
  expect(revocationFloor([], 1500)).toBe(1500n);
});

test("a shorter grant does not make an earlier, longer one forgotten", async () => {
  const dir = await mkdtemp(join(tmpdir(), "apoc-grants-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  expect(await listGrants(dir, image)).toEqual([]);
  for (const notAfter of [3000, 2000, 2000]) await saveGrant(dir, grant(notAfter));
  expect((await listGrants(dir, image)).map(({ notAfter }) => notAfter)).toEqual([3000, 2000]);
  expect(await listGrants(dir, `sha256:${"ee".repeat(32)}`)).toEqual([]);
});
