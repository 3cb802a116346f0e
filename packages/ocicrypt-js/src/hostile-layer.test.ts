import { expect, test } from "vitest";
import {
  type Content,
  decryptLayer,
  jweAnnotation,
  keysAnnotationPrefix,
  ocicryptErrors,
  unwrapLayerKey,
  wrappingSchemes,
} from "./index.ts";
import {
  gather,
  inChunks,
  key,
  other,
  sample,
  decrypt,
  redescribe,
  withPublicOptions,
  withPackets,
  withPrivateOptions,
} from "./sample-layer.test.data.ts";

test.for([
  ["first byte", 0],
  ["second block", 17],
  ["middle", 2500],
  ["last block", 4990],
  ["last byte", 4999],
] as const)("a flipped bit is found: %s", async ([, at]) => {
  const { layer, ciphertext } = await sample();
  const flipped = Buffer.from(ciphertext);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  await expect(decrypt({ layer, ciphertext: flipped })).rejects.toMatchObject({
    code: ocicryptErrors.CIPHERTEXT_DIGEST.code,
  });
  const redescribed = { layer: redescribe(layer, flipped), ciphertext: flipped };
  await expect(decrypt(redescribed)).rejects.toMatchObject({ code: ocicryptErrors.HMAC_MISMATCH.code });
});

test.for([0, 1, 15, 16, 4096, 4999])("a layer cut to %i bytes is found", async (size) => {
  const { layer, ciphertext } = await sample();
  const cut = ciphertext.subarray(0, size);
  await expect(decrypt({ layer, ciphertext: cut })).rejects.toMatchObject({
    code: ocicryptErrors.CIPHERTEXT_SIZE.code,
  });
  await expect(decrypt({ layer: redescribe(layer, cut), ciphertext: cut })).rejects.toMatchObject({
    code: ocicryptErrors.HMAC_MISMATCH.code,
  });
});

test("bytes after the end are found without reading on", async () => {
  const { layer } = await sample();
  async function* endless(): Content {
    while (true) yield new Uint8Array(1000);
  }
  const reading = gather(decryptLayer(layer, endless, { keys: [key.privateJwk] }));
  await expect(reading).rejects.toMatchObject({ code: ocicryptErrors.CIPHERTEXT_SIZE.code });
});

test("no plaintext is given out before the whole ciphertext is verified", async () => {
  const { layer, ciphertext } = await sample(2_000_000);
  ciphertext[1_999_999] = (ciphertext[1_999_999] ?? 0) ^ 1;
  let opened = 0;
  const open = () => {
    opened++;
    return inChunks(ciphertext);
  };
  let given = 0;
  const reading = (async () => {
    const damaged = redescribe(layer, ciphertext);
    for await (const chunk of decryptLayer(damaged, open, { keys: [key.privateJwk] })) given += chunk.length;
  })();
  await expect(reading).rejects.toMatchObject({ code: ocicryptErrors.HMAC_MISMATCH.code });
  expect([opened, given]).toEqual([1, 0]);
});

test("a change between the two readings is found, and the last chunk withheld", async () => {
  const { layer, ciphertext } = await sample(10_000);
  const changed = Buffer.from(ciphertext);
  changed[0] = (changed[0] ?? 0) ^ 1;
  let opened = 0;
  let given = 0;
  const reading = (async () => {
    const content = decryptLayer(layer, () => inChunks(opened++ === 0 ? ciphertext : changed), {
      keys: [key.privateJwk],
    });
    for await (const chunk of content) given += chunk.length;
  })();
  await expect(reading).rejects.toMatchObject({ code: ocicryptErrors.CIPHERTEXT_CHANGED.code });
  expect(given).toBe(9000);
});

test("keys swapped between two layers do not decrypt either", async () => {
  const [a, b] = [await sample(), await sample()];
  const wrapped = b.layer.annotations[jweAnnotation] ?? "";
  const swapped = { ...a, layer: withPackets(a.layer, wrapped) };
  await expect(decrypt(swapped)).rejects.toMatchObject({ code: ocicryptErrors.HMAC_MISMATCH.code });
  const all = { ...a, layer: { ...a.layer, annotations: b.layer.annotations } };
  await expect(decrypt(all)).rejects.toMatchObject({ code: ocicryptErrors.HMAC_MISMATCH.code });
});

test("a wrong key, and no key, do not decrypt", async () => {
  const made = await sample();
  for (const keys of [[other.privateJwk], []]) {
    await expect(decrypt(made, keys)).rejects.toMatchObject({ code: ocicryptErrors.NO_MATCHING_KEY.code });
  }
});

test.for([
  [
    "nonce override",
    "CIPHER_OPTIONS_PUBLIC",
    (o: object) => ({ ...o, cipheroptions: { nonce: "AAAAAAAAAAAAAAAAAAAAAA==" } }),
  ],
  ["list of options", "CIPHER_OPTIONS_PUBLIC", (o: object) => ({ ...o, cipheroptions: [] })],
  ["other cipher", "CIPHER_UNKNOWN", (o: object) => ({ ...o, cipher: "AEAD_AES_128_GCM" })],
  ["no cipher", "CIPHER_UNKNOWN", (o: object) => ({ ...o, cipher: undefined })],
  ["short HMAC", "PUBLIC_OPTIONS_INVALID", (o: object) => ({ ...o, hmac: "AAAA" })],
  ["no HMAC", "PUBLIC_OPTIONS_INVALID", (o: object) => ({ ...o, hmac: null })],
  [
    "unpadded HMAC",
    "PUBLIC_OPTIONS_INVALID",
    (o: { hmac?: string }) => ({ ...o, hmac: o.hmac?.replace("=", "") }),
  ],
  [
    "key in another case",
    "PUBLIC_OPTIONS_INVALID",
    (o: object) => ({ ...o, CipherOptions: { nonce: "AA==" } }),
  ],
  ["duplicate key", "JSON_INVALID", (o: object) => JSON.stringify(o).replace("{", '{"cipher":"x",')],
  ["no JSON", "JSON_INVALID", () => "{"],
  ["a list", "JSON_INVALID", () => "[]"],
] as const)("public options are refused: %s", async ([, name, change]) => {
  const made = await sample();
  const layer = withPublicOptions(made.layer, change);
  await expect(decrypt({ ...made, layer })).rejects.toMatchObject({ code: ocicryptErrors[name].code });
});

test("absent and null cipher options in public are as empty ones", async () => {
  const made = await sample();
  for (const cipheroptions of [null, undefined]) {
    const layer = withPublicOptions(made.layer, (options) => ({ ...options, cipheroptions }));
    expect((await decrypt({ ...made, layer })).equals(made.plain)).toBe(true);
  }
});

const goodKey = Buffer.alloc(32, 7).toString("base64");
const goodNonce = Buffer.alloc(16).toString("base64");
test.for([
  ["3-byte nonce", { symkey: goodKey, digest: "", cipheroptions: { nonce: "AAAA" } }],
  [
    "17-byte nonce",
    { symkey: goodKey, digest: "", cipheroptions: { nonce: Buffer.alloc(17).toString("base64") } },
  ],
  ["no nonce", { symkey: goodKey, digest: "", cipheroptions: {} }],
  ["no options", { symkey: goodKey, digest: "" }],
  ["16-byte key", { symkey: goodNonce, digest: "", cipheroptions: { nonce: goodNonce } }],
  ["unknown member", { symkey: goodKey, digest: "", cipheroptions: { nonce: goodNonce }, more: 1 }],
  ["unknown option", { symkey: goodKey, digest: "", cipheroptions: { nonce: goodNonce, more: "" } }],
  ["digest no text", { symkey: goodKey, digest: 1, cipheroptions: { nonce: goodNonce } }],
  ["no JSON", "symkey"],
  ["duplicate key", `{"symkey":"${goodKey}","symkey":"${goodKey}","cipheroptions":{"nonce":"${goodNonce}"}}`],
] as const)("private options are refused: %s", async ([, options]) => {
  const { layer } = await sample();
  const changed = await withPrivateOptions(layer, options);
  await expect(unwrapLayerKey(changed, { keys: [key.privateJwk] })).rejects.toMatchObject({
    code: ocicryptErrors.PRIVATE_OPTIONS_INVALID.code,
  });
});

test("a bit flipped in any member of the JWE is found", async () => {
  const { layer } = await sample();
  const jwe = JSON.parse(Buffer.from(layer.annotations[jweAnnotation] ?? "", "base64").toString()) as Record<
    string,
    string
  >;
  for (const member of ["encrypted_key", "iv", "ciphertext", "tag"]) {
    const bytes = Buffer.from(jwe[member] ?? "", "base64url");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    const changed = withPackets(
      layer,
      Buffer.from(JSON.stringify({ ...jwe, [member]: bytes.toString("base64url") })),
    );
    await expect(unwrapLayerKey(changed, { keys: [key.privateJwk] })).rejects.toMatchObject({
      code: ocicryptErrors.NO_MATCHING_KEY.code,
    });
  }
});

test("what is not a JWE of ocicrypt's kind is refused", async () => {
  const { layer } = await sample();
  const jwe = JSON.parse(Buffer.from(layer.annotations[jweAnnotation] ?? "", "base64").toString()) as Record<
    string,
    string
  >;
  const header = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const packets: (string | object)[] = [
    "%%%",
    "e30",
    {},
    { ...jwe, tag: 5 },
    { ...jwe, encrypted_key: undefined },
    { ...jwe, protected: "*" },
    { ...jwe, protected: header({ alg: "ECDH-ES+A256KW", enc: "A128CBC-HS256" }) },
    { ...jwe, protected: header({ alg: "ECDH-ES+A256KW", enc: "A256GCM", zip: "DEF" }) },
    { ...jwe, protected: header({ alg: "ECDH-ES+A256KW", enc: "A256GCM", crit: ["x"], x: 1 }) },
    { ...jwe, recipients: [] },
    { ...jwe, recipients: Array(65).fill({}) },
  ];
  for (const packet of packets) {
    const text = typeof packet === "string" ? packet : Buffer.from(JSON.stringify(packet)).toString("base64");
    await expect(unwrapLayerKey(withPackets(layer, text), { keys: [key.privateJwk] })).rejects.toMatchObject({
      code: ocicryptErrors.WRAPPED_KEY_INVALID.code,
    });
  }
});

test("algorithms that let a stranger wrap without the recipient's key are not taken", async () => {
  const { layer } = await sample();
  const jwe = JSON.parse(Buffer.from(layer.annotations[jweAnnotation] ?? "", "base64").toString()) as Record<
    string,
    string
  >;
  for (const alg of ["dir", "ECDH-ES", "PBES2-HS256+A128KW", "RSA1_5"]) {
    const changed = {
      ...jwe,
      protected: Buffer.from(JSON.stringify({ alg, enc: "A256GCM" })).toString("base64url"),
    };
    await expect(
      unwrapLayerKey(withPackets(layer, Buffer.from(JSON.stringify(changed))), { keys: [key.privateJwk] }),
    ).rejects.toMatchObject({ code: ocicryptErrors.NO_MATCHING_KEY.code });
  }
});

test.for([
  ["pkcs7", "PKCS#7", "KEY.pem:CERTIFICATE.pem"],
  ["pgp", "OpenPGP", "KEYRING"],
  ["pkcs11", "PKCS#11", "pkcs11:MODULE.yaml"],
  ["tpm2", "TPM 2.0", undefined],
  ["provider.attestation-agent", "key provider attestation-agent", "provider:attestation-agent"],
] as const)("%s is named and refused, with what to do", async ([scheme, name, keys]) => {
  const { layer } = await sample();
  const { [jweAnnotation]: _, ...rest } = layer.annotations;
  const foreign = { ...layer, annotations: { ...rest, [keysAnnotationPrefix + scheme]: "AAAA" } };
  expect(wrappingSchemes(foreign)).toEqual([scheme]);
  await expect(unwrapLayerKey(foreign, { keys: [key.privateJwk] })).rejects.toMatchObject({
    code: ocicryptErrors.SCHEME_UNSUPPORTED.code,
    actual: scheme,
    detail: expect.stringContaining(name) as string,
    next: keys && { action: "decrypt-elsewhere", subject: keys },
  });
  const both = { ...layer, annotations: { ...layer.annotations, [keysAnnotationPrefix + scheme]: "AAAA" } };
  await unwrapLayerKey(both, { keys: [key.privateJwk] });
});

test("a layer without any wrapped key is refused", async () => {
  const { layer } = await sample();
  const { [jweAnnotation]: _, ...rest } = layer.annotations;
  for (const annotations of [rest, { ...rest, [jweAnnotation]: "" }]) {
    await expect(unwrapLayerKey({ ...layer, annotations }, { keys: [] })).rejects.toMatchObject({
      code: ocicryptErrors.WRAPPED_KEY_MISSING.code,
    });
  }
  const unknown = { ...rest, [`${keysAnnotationPrefix}x509`]: "AAAA" };
  await expect(unwrapLayerKey({ ...layer, annotations: unknown }, { keys: [] })).rejects.toMatchObject({
    code: ocicryptErrors.SCHEME_UNSUPPORTED.code,
    actual: "x509",
  });
});
