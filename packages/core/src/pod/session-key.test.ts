import { expect, test } from "vitest";
import {
  exportSessionKey,
  generateSessionKeyPair,
  importSessionKey,
  sessionKeyOf,
  verifySessionSignature,
} from "./session-key.ts";

const message = new TextEncoder().encode("request");

test("a key that cannot be extracted signs, and its public half verifies", async () => {
  const pair = await generateSessionKeyPair(false);
  const key = await sessionKeyOf(pair);
  const signature = await key.sign(message);
  expect(signature).toMatch(/^0x[0-9a-f]{128}$/);
  expect(await verifySessionSignature(key.key, message, signature)).toBe(true);
  await expect(exportSessionKey(pair)).rejects.toThrow();
});

test("a key survives its file", async () => {
  const pair = await generateSessionKeyPair(true);
  const kept = await importSessionKey(JSON.parse(JSON.stringify(await exportSessionKey(pair))));
  expect(kept.key).toBe((await sessionKeyOf(pair)).key);
  expect(await verifySessionSignature(kept.key, message, await kept.sign(message))).toBe(true);
});

test("another message, another key, and what is no key or signature do not verify", async () => {
  const [key, other] = await Promise.all(
    [1, 2].map(async () => sessionKeyOf(await generateSessionKeyPair(false))),
  );
  const signature = await key!.sign(message);
  expect(await verifySessionSignature(key!.key, new Uint8Array([1]), signature)).toBe(false);
  expect(await verifySessionSignature(other!.key, message, signature)).toBe(false);
  expect(await verifySessionSignature(`0x04${"00".repeat(64)}`, message, signature)).toBe(false);
  expect(await verifySessionSignature("0x04", message, signature)).toBe(false);
  expect(await verifySessionSignature(key!.key, message, "0x")).toBe(false);
  expect(await verifySessionSignature(key!.key, message, `0x${"00".repeat(64)}`)).toBe(false);
});
