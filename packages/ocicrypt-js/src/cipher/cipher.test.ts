import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import * as native from "./node.ts";
import * as portable from "./portable.ts";

test("both platforms give the same key stream for any split, also past a counter overflow", async () => {
  const key = randomBytes(32);
  const nonce = Buffer.from("00000000fffffffffffffffffffffffe", "hex");
  const plain = randomBytes(5000);
  const expected = Buffer.concat([await native.createCounterStream(key, nonce).update(plain)]);
  for (const sizes of [[5000], [1, 15, 16, 17, 4951], [3, 3, 3, 4991], [4999, 1]]) {
    const stream = portable.createCounterStream(key, nonce);
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const size of sizes) parts.push(await stream.update(plain.subarray(at, (at += size))));
    expect(Buffer.concat(parts).equals(expected)).toBe(true);
  }
});

test("both platforms give the same digests and HMACs", () => {
  const key = randomBytes(32);
  const data = randomBytes(1000);
  for (const make of [
    (platform: typeof native) => platform.createHmac(key),
    (platform: typeof native) => platform.createHash("sha256"),
    (platform: typeof native) => platform.createHash("sha512"),
  ]) {
    const [a, b] = [make(native), make(portable)];
    a.update(data);
    b.update(data.subarray(0, 10));
    b.update(data.subarray(10));
    expect(Buffer.from(b.digest())).toEqual(Buffer.from(a.digest()));
  }
});

// NIST SP 800-38A, F.5.5
test("AES-256-CTR test vector", async () => {
  const key = Buffer.from("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "hex");
  const nonce = Buffer.from("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "hex");
  const plain = Buffer.from("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51", "hex");
  const expected = "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5";
  for (const platform of [native, portable]) {
    const output = await platform.createCounterStream(key, nonce).update(plain);
    expect(Buffer.from(output).toString("hex")).toBe(expected);
  }
});
