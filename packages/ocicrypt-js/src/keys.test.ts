import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { der } from "@apoc/encoding";
import { expect, test } from "vitest";
import {
  exportPkcs8,
  exportSpki,
  generateImageKey,
  importPrivateKey,
  importPublicKey,
  ocicryptErrors,
  toPublicJwk,
} from "./index.ts";

const kinds = {
  "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const text = (key: KeyObject, type: "spki" | "pkcs8" | "pkcs1" | "sec1") =>
  key.export({ type, format: "pem" } as never);
const bytes = (key: KeyObject, type: "spki" | "pkcs8" | "pkcs1" | "sec1") =>
  key.export({ type, format: "der" } as never) as unknown as Buffer;

test.for(Object.entries(kinds))("every form of a %s key gives the same JWK", async ([kind, generate]) => {
  const { publicKey, privateKey } = generate();
  const publicJwk = publicKey.export({ format: "jwk" });
  const privateJwk = privateKey.export({ format: "jwk" });
  const traditional = kind === "RSA" ? "pkcs1" : "sec1";
  const publicForms = [
    text(publicKey, "spki"),
    bytes(publicKey, "spki"),
    publicJwk,
    JSON.stringify(publicJwk),
  ];
  if (kind === "RSA") publicForms.push(text(publicKey, "pkcs1"), bytes(publicKey, "pkcs1"));
  for (const form of publicForms) expect(await importPublicKey(form as string)).toEqual(publicJwk);
  const privateForms = [
    text(privateKey, "pkcs8"),
    bytes(privateKey, "pkcs8"),
    text(privateKey, traditional),
    bytes(privateKey, traditional),
    privateJwk,
    JSON.stringify({ ...privateJwk, kid: "x", use: "enc" }),
  ];
  for (const form of privateForms) expect(await importPrivateKey(form as string)).toEqual(privateJwk);
});

test("a SEC1 key without its public point gets it computed", async () => {
  const { privateKey } = kinds["P-384"]();
  const jwk = privateKey.export({ format: "jwk" });
  const secret = der.octetString(Buffer.from(String(jwk.d), "base64url"));
  const sec1 = der.sequence(der.integer(1), secret, der.element(0xa0, der.oid("1.3.132.0.34")));
  expect(await importPrivateKey(sec1)).toEqual(jwk);
});

test("the block with the curve before an EC key is skipped", async () => {
  const { privateKey } = kinds["P-256"]();
  const pem = `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${String(text(privateKey, "sec1"))}`;
  expect(await importPrivateKey(pem)).toEqual(privateKey.export({ format: "jwk" }));
});

test("an image key is P-256 and survives export and import", async () => {
  const { publicJwk, privateJwk } = await generateImageKey();
  expect(await importPrivateKey(await exportPkcs8(privateJwk))).toEqual(privateJwk);
  expect(await importPublicKey(await exportSpki(publicJwk))).toEqual(publicJwk);
  expect(toPublicJwk(privateJwk)).toEqual(publicJwk);
  expect(publicJwk).toMatchObject({ kty: "EC", crv: "P-256" });
});

test("keys that cannot be used are refused with a code each", async () => {
  const { publicKey, privateKey } = kinds["P-256"]();
  const jwk = publicKey.export({ format: "jwk" });
  const code = (descriptor: { code: string }) => ({ code: descriptor.code });
  const { KEY_HALF, KEY_INVALID, KEY_PASSPHRASE, KEY_UNSUPPORTED } = ocicryptErrors;
  await expect(importPublicKey(text(privateKey, "pkcs8") as string)).rejects.toMatchObject(code(KEY_HALF));
  await expect(importPrivateKey(text(publicKey, "spki") as string)).rejects.toMatchObject(code(KEY_HALF));
  await expect(importPublicKey("hello")).rejects.toMatchObject(code(KEY_INVALID));
  await expect(importPublicKey(bytes(publicKey, "spki").subarray(0, 40))).rejects.toMatchObject(
    code(KEY_INVALID),
  );
  await expect(importPublicKey({ ...jwk, x: jwk.y })).rejects.toMatchObject(code(KEY_INVALID));
  await expect(importPublicKey({ ...jwk, x: "AA" })).rejects.toMatchObject(code(KEY_INVALID));
  await expect(importPublicKey({ ...jwk, use: "sig" })).rejects.toMatchObject(code(KEY_UNSUPPORTED));
  await expect(importPublicKey({ kty: "oct", k: "AA" })).rejects.toMatchObject(code(KEY_UNSUPPORTED));
  const wallet = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  await expect(importPublicKey(bytes(wallet.publicKey, "spki"))).rejects.toMatchObject(code(KEY_UNSUPPORTED));
  const edwards = generateKeyPairSync("ed25519");
  await expect(importPublicKey(bytes(edwards.publicKey, "spki"))).rejects.toMatchObject(
    code(KEY_UNSUPPORTED),
  );
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  await expect(importPublicKey(bytes(weak.publicKey, "spki"))).rejects.toMatchObject(code(KEY_UNSUPPORTED));
  const locked = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
  await expect(importPrivateKey(locked)).rejects.toMatchObject(code(KEY_PASSPHRASE));
  const legacy = privateKey.export({ type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
  await expect(importPrivateKey(legacy)).rejects.toMatchObject(code(KEY_PASSPHRASE));
});
