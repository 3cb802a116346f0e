import { GeneralEncrypt } from "jose";
import { expect, test } from "vitest";
import {
  addRecipients,
  findRecipients,
  generateImageKey,
  importPrivateKey,
  importPublicKey,
  jweAnnotation,
  type KeyProvider,
  keysAnnotationPrefix,
  type LayerDescriptor,
  listRecipients,
  ocicryptErrors,
  type PrivateJwk,
  type PublicJwk,
  removeRecipients,
  unwrapLayerKey,
} from "./index.ts";
import { decrypt, key, other, sample, withPackets } from "./sample-layer.test.data.ts";

const third = await generateImageKey();
const code = (name: keyof typeof ocicryptErrors) => ({ code: ocicryptErrors[name].code });
const opens = async (layer: LayerDescriptor, privateJwk: PrivateJwk): Promise<boolean> => {
  try {
    await unwrapLayerKey(layer, { keys: [privateJwk] });
    return true;
  } catch (error) {
    expect(error).toMatchObject(code("NO_MATCHING_KEY"));
    return false;
  }
};

/** A JWE for several recipients as ocicrypt's Go library writes it, the stray top-level key included. */
async function general(plaintext: Uint8Array, recipients: readonly PublicJwk[]): Promise<Uint8Array> {
  const encrypt = new GeneralEncrypt(plaintext).setProtectedHeader({ enc: "A256GCM" });
  for (const [i, recipient] of recipients.entries()) {
    const alg = recipient.kty === "EC" ? "ECDH-ES+A256KW" : "RSA-OAEP";
    encrypt.addRecipient({ ...recipient }).setUnprotectedHeader({ alg, kid: `k${i}` });
  }
  const jwe = await encrypt.encrypt();
  return Buffer.from(JSON.stringify({ ...jwe, encrypted_key: jwe.recipients[0]?.encrypted_key }));
}

test("recipients are added without touching digest, size or bytes, and each decrypts", async () => {
  const made = await sample(1000);
  const layer = await addRecipients(
    made.layer,
    { keys: [key.privateJwk] },
    { recipients: [other.publicJwk, third.publicJwk] },
  );
  expect({ ...layer, annotations: {} }).toEqual({ ...made.layer, annotations: {} });
  expect(layer.annotations[jweAnnotation]?.startsWith(`${made.layer.annotations[jweAnnotation]},`)).toBe(
    true,
  );
  for (const { privateJwk } of [key, other, third]) {
    expect((await decrypt({ ...made, layer }, [privateJwk])).equals(made.plain)).toBe(true);
  }
});

test("who cannot decrypt cannot add", async () => {
  const { layer } = await sample(10);
  const wrap = { recipients: [other.publicJwk] };
  await expect(addRecipients(layer, { keys: [other.privateJwk] }, wrap)).rejects.toMatchObject(
    code("NO_MATCHING_KEY"),
  );
  await expect(addRecipients(layer, { keys: [key.privateJwk] }, {})).rejects.toMatchObject(
    code("RECIPIENT_MISSING"),
  );
  await expect(
    addRecipients({ ...layer, mediaType: "x" }, { keys: [key.privateJwk] }, wrap),
  ).rejects.toMatchObject(code("NOT_ENCRYPTED"));
  const many = Array.from({ length: 64 }, () => other.publicJwk);
  await expect(addRecipients(layer, { keys: [key.privateJwk] }, { recipients: many })).rejects.toMatchObject(
    code("WRAPPED_KEY_INVALID"),
  );
});

test("a list shows algorithm and curve, and no names of ours", async () => {
  const rsa = await crypto.subtle.generateKey(
    { name: "RSA-OAEP", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-1" },
    true,
    ["encrypt", "decrypt"],
  );
  const rsaJwk = await importPublicKey({ ...(await crypto.subtle.exportKey("jwk", rsa.publicKey)) });
  const rsaKey = await importPrivateKey({ ...(await crypto.subtle.exportKey("jwk", rsa.privateKey)) });
  const { layer } = await sample(10, [key.publicJwk, rsaJwk]);
  const foreign = {
    ...layer,
    annotations: { ...layer.annotations, [`${keysAnnotationPrefix}pgp`]: "AAAA,AAAA" },
  };
  expect(listRecipients(foreign)).toEqual([
    { scheme: "jwe", packet: 0, position: 0, algorithm: "ECDH-ES+A256KW", curve: "P-256" },
    { scheme: "jwe", packet: 1, position: 0, algorithm: "RSA-OAEP" },
    { scheme: "pgp", packet: 0, position: 0 },
    { scheme: "pgp", packet: 1, position: 0 },
  ]);
  expect(await findRecipients(foreign, rsaKey)).toMatchObject([{ packet: 1 }]);
  expect(await findRecipients(foreign, third.privateJwk)).toEqual([]);
  const withoutPgp = removeRecipients(foreign, ({ scheme }) => scheme === "pgp");
  expect(withoutPgp.annotations).toEqual(layer.annotations);
});

test("one of several is removed; the others still decrypt", async () => {
  const made = await sample(1000, [key.publicJwk, other.publicJwk, third.publicJwk]);
  const [found] = await findRecipients(made.layer, other.privateJwk);
  const layer = removeRecipients(made.layer, ({ packet }) => packet === found?.packet);
  expect(listRecipients(layer).length).toBe(2);
  expect(await opens(layer, other.privateJwk)).toBe(false);
  for (const { privateJwk } of [key, third]) {
    expect((await decrypt({ ...made, layer }, [privateJwk])).equals(made.plain)).toBe(true);
  }
});

test("one is removed out of a JWE for several; nothing of it is left", async () => {
  const { layer } = await sample(10, [key.publicJwk]);
  const plaintext = Buffer.from(
    JSON.stringify({
      symkey: Buffer.alloc(32, 1).toString("base64"),
      digest: "",
      cipheroptions: { nonce: Buffer.alloc(16).toString("base64") },
    }),
  );
  const recipients = [key, other, third].map(({ publicJwk }) => publicJwk);
  const jwe = await general(plaintext, recipients);
  const all = withPackets(layer, jwe);
  expect(listRecipients(all).map(({ keyId, position }) => [keyId, position])).toEqual([
    ["k0", 0],
    ["k1", 1],
    ["k2", 2],
  ]);
  expect(await findRecipients(all, third.privateJwk)).toMatchObject([{ position: 2 }]);
  const less = removeRecipients(all, ({ keyId }) => keyId === "k0");
  expect(await opens(less, key.privateJwk)).toBe(false);
  expect(await opens(less, other.privateJwk)).toBe(true);
  expect(await opens(less, third.privateJwk)).toBe(true);
  const text = Buffer.from(less.annotations[jweAnnotation] ?? "", "base64").toString();
  const { recipients: list } = JSON.parse(jwe.toString()) as { recipients: { encrypted_key: string }[] };
  expect(text).not.toContain(list[0]?.encrypted_key);
  expect(text).toContain(list[1]?.encrypted_key);
});

test("the last recipient stays, and nobody is removed by mistake", async () => {
  const { layer } = await sample(10, [key.publicJwk, other.publicJwk]);
  expect(() => removeRecipients(layer, () => true)).toThrow(
    expect.objectContaining(code("RECIPIENT_MISSING")),
  );
  expect(() => removeRecipients(layer, () => false)).toThrow(
    expect.objectContaining(code("RECIPIENT_UNKNOWN")),
  );
});

/** Wraps by XOR: what a provider does inside is its own affair. */
function xorProvider(name: string, mask: number): KeyProvider & { readonly calls: string[] } {
  const calls: string[] = [];
  const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ mask);
  return {
    name,
    calls,
    async wrap(options) {
      calls.push("wrap");
      return flip(options);
    },
    async unwrap(packet) {
      calls.push("unwrap");
      return flip(packet);
    },
  };
}

test("a key provider wraps beside JWEs, and is asked only for its own packets", async () => {
  const provider = xorProvider("kms", 0x55);
  const made = await sample(1000, [key.publicJwk]);
  const layer = await addRecipients(made.layer, { keys: [key.privateJwk] }, { providers: [provider] });
  expect(listRecipients(layer).map(({ scheme }) => scheme)).toEqual(["jwe", "provider.kms"]);
  const unused = xorProvider("other", 1);
  await unwrapLayerKey(layer, { keys: [key.privateJwk], providers: [provider, unused] });
  expect(provider.calls).toEqual(["wrap"]);
  await unwrapLayerKey(layer, { keys: [other.privateJwk], providers: [unused, provider] });
  expect(provider.calls).toEqual(["wrap", "unwrap"]);
  expect(unused.calls).toEqual([]);
  const onlyProvider = removeRecipients(layer, ({ scheme }) => scheme === "jwe");
  await unwrapLayerKey(onlyProvider, { providers: [provider] });
  await expect(unwrapLayerKey(onlyProvider, { keys: [key.privateJwk] })).rejects.toMatchObject({
    ...code("SCHEME_UNSUPPORTED"),
    actual: "provider.kms",
    next: { action: "decrypt-elsewhere", subject: "provider:kms" },
  });
});

test("what a provider gives back is checked, and its refusal is passed on", async () => {
  const provider = xorProvider("kms", 0x55);
  const { layer } = await sample(10);
  const made = await addRecipients(layer, { keys: [key.privateJwk] }, { providers: [provider] });
  const liar = xorProvider("kms", 0x54);
  await expect(unwrapLayerKey(made, { providers: [liar] })).rejects.toMatchObject(
    code("PRIVATE_OPTIONS_INVALID"),
  );
  const refusing: KeyProvider = { ...provider, unwrap: () => Promise.reject(new Error("no")) };
  await expect(unwrapLayerKey(made, { providers: [refusing] })).rejects.toThrow("no");
  await unwrapLayerKey(made, { providers: [refusing, provider] });
  await expect(
    addRecipients(layer, { keys: [key.privateJwk] }, { providers: [{ ...provider, name: "a/b" }] }),
  ).rejects.toMatchObject(code("KEY_PROVIDER_CONFIG"));
});
