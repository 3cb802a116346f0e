import type { BlockStatement, Grant } from "@apoc/core";
import { getAddress, toHex } from "viem";
import { expect, test } from "vitest";
import type { MakeStateFixture } from "./state-fixture.ts";

const image = `sha256:${"ab".repeat(32)}` as const;
const address = (account: number) => getAddress(toHex(account, { size: 20 }));

/** Nonces, grants, statements and small values. */
export function admissionMemoryConformance(makeFixture: MakeStateFixture): void {
  test("nonces are used once, until their deadline is past", async () => {
    const { memory, close } = await (await makeFixture()).open();
    expect(await memory.useNonce("0x01", 100, 50)).toBe(false);
    expect(await memory.useNonce("0x01", 100, 100)).toBe(true);
    expect(await memory.useNonce("0x01", 300, 101)).toBe(false);
    await close();
  });

  test("of several that use a nonce at the same time one is the first", async () => {
    const { memory, close } = await (await makeFixture()).open();
    const uses = await Promise.all([1, 2, 3].map(() => memory.useNonce("0x01", 100, 50)));
    expect(uses.filter((used) => !used)).toHaveLength(1);
    await close();
  });

  test("the last word about a key of a pod counts, unless it was revoked", async () => {
    const { memory, close } = await (await makeFixture()).open();
    const key = `0x04${"11".repeat(64)}` as const;
    expect(await memory.podKey("0x01", key)).toBeUndefined();
    expect(await memory.keepPodKey("0x01", { key, scopes: ["read"], notAfter: 5 })).toBe(true);
    expect(await memory.podKey("0x01", key)).toEqual({ key, scopes: ["read"], notAfter: 5 });
    expect(await memory.podKey("0x02", key)).toBeUndefined();
    expect(await memory.keepPodKey("0x01", { key, scopes: ["read", "data"] })).toBe(true);
    expect(await memory.podKey("0x01", key)).toEqual({ key, scopes: ["read", "data"] });
    expect(await memory.keepPodKey("0x01", { key, scopes: [] })).toBe(true);
    expect(await memory.keepPodKey("0x01", { key, scopes: [] })).toBe(true);
    expect(await memory.keepPodKey("0x01", { key, scopes: ["read"] })).toBe(false);
    expect(await memory.podKey("0x01", key)).toEqual({ key, scopes: [] });
    await close();
  });

  test("a pod has room for so many keys; those of another pod take none of it", async () => {
    const { memory, close } = await (await makeFixture()).open();
    const key = (i: number) => ({ key: toHex(i, { size: 65 }), scopes: ["read"] as const });
    for (let i = 0; i < 256; i++) expect(await memory.keepPodKey("0x01", key(i))).toBe(true);
    expect(await memory.keepPodKey("0x01", key(256))).toBe(false);
    expect(await memory.keepPodKey("0x01", { ...key(0), scopes: [] })).toBe(true);
    expect(await memory.keepPodKey("0x02", key(256))).toBe(true);
    await close();
  });

  test("grants that strangers sign for an image do not crowd out the developer's", async () => {
    const { memory, close } = await (await makeFixture()).open();
    const now = Date.UTC(2026, 10, 22);
    const grant = (account: number, days: number): Grant => ({
      version: 2,
      image,
      providerKeyId: "cd".repeat(32),
      licenseHash: `0x${"ef".repeat(32)}`,
      notAfter: now / 1000 + days * 86_400,
      policyDigest: "01".repeat(32),
      jwe: "a.b.c.d.e",
      developer: `eip155:31337:${address(account)}`,
      signature: "0x00",
    });
    const genuine = grant(1, 1);
    await memory.keepGrant(genuine, now);
    for (let account = 2; account < 102; account += 1) await memory.keepGrant(grant(account, 300), now);
    const kept = () => memory.grants(genuine.image, genuine.providerKeyId, genuine.developer);
    expect(await kept()).toEqual([genuine]);
    const longer = grant(1, 2);
    await memory.keepGrant(longer, now);
    await memory.keepGrant(genuine, now);
    expect(await kept()).toEqual([longer]);
    await close();
  });

  test("the last statement of each monitor is kept", async () => {
    const { memory, close } = await (await makeFixture()).open();
    const statement = (account: number, number: bigint): BlockStatement => ({
      number,
      hash: `0x${"05".repeat(32)}`,
      seenAt: 1_900_000_000,
      monitor: address(account),
      signature: `0x${"00".repeat(65)}`,
    });
    await memory.keepStatement(statement(1, 5n), 1);
    await memory.keepStatement(statement(2, 6n), 2);
    await memory.keepStatement(statement(1, 7n), 3);
    const kept = await memory.statements();
    expect(kept).toHaveLength(2);
    expect(kept).toEqual(expect.arrayContaining([statement(1, 7n), statement(2, 6n)]));
    await close();
  });

  test("small values outlive the process that set them", async () => {
    const fixture = await makeFixture();
    const first = await fixture.open();
    expect(await first.meta.get("a")).toBeUndefined();
    await first.meta.set("a", "1");
    await first.meta.set("a", "2");
    await first.close();
    const second = await fixture.open();
    expect(await second.meta.get("a")).toBe("2");
    await second.close();
  });
}
