import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import {
  assertDistinctLayerKeys,
  checkEncryptedManifest,
  decryptLayer,
  type EncryptedLayer,
  encryptLayer,
  jweAnnotation,
  LayerKey,
  type LayerProgress,
  ocicryptErrors,
  publicOptionsAnnotation,
  unwrapLayerKey,
} from "./index.ts";
import {
  gather,
  gzip,
  inChunks,
  key,
  other,
  sample,
  decrypt,
  redescribe,
  withPublicOptions,
} from "./sample-layer.test.data.ts";

test.for([0, 1, 16, 1000, 300_409, 1_000_000])("%i bytes survive encryption and decryption", async (size) => {
  const { plain, ciphertext, layer } = await sample(size);
  expect(layer).toMatchObject({ mediaType: `${gzip}+encrypted`, size });
  expect(layer.digest).toBe(redescribe(layer, ciphertext).digest);
  if (size > 15) expect(ciphertext.equals(plain)).toBe(false);
  expect((await decrypt({ layer, ciphertext })).equals(plain)).toBe(true);
});

test.for([1, 100, 300_000])("a reader may free chunks after use, also of %i bytes", async (size) => {
  const plain = Buffer.alloc(size * 3, "abc");
  const read = async (content: AsyncIterable<Uint8Array>) => {
    const parts: Buffer[] = [];
    for await (const chunk of content) {
      parts.push(Buffer.from(chunk));
      (chunk.buffer as ArrayBuffer).transfer(0);
    }
    return Buffer.concat(parts);
  };
  const encryption = encryptLayer({ mediaType: gzip }, inChunks(plain, size), {
    recipients: [key.publicJwk],
  });
  const ciphertext = await read(encryption.content);
  const open = () => inChunks(ciphertext, size);
  const decrypted = await read(decryptLayer(encryption.result(), open, { keys: [key.privateJwk] }));
  expect(decrypted.equals(plain)).toBe(true);
});

test("the annotations are exactly those of ocicrypt", async () => {
  const { layer, ciphertext } = await sample();
  const decode = (name: string) =>
    JSON.parse(Buffer.from(layer.annotations[name] ?? "", "base64").toString()) as Record<string, unknown>;
  const options = decode(publicOptionsAnnotation);
  expect(Object.keys(options)).toEqual(["cipher", "hmac", "cipheroptions"]);
  expect(options).toMatchObject({ cipher: "AES_256_CTR_HMAC_SHA256", cipheroptions: {} });
  const { symkey } = LayerKey.parts(await unwrapLayerKey(layer, { keys: [key.privateJwk] }));
  expect(options["hmac"]).toBe(createHmac("sha256", symkey).update(ciphertext).digest("base64"));
  const jwe = decode(jweAnnotation);
  expect(Object.keys(jwe).sort()).toEqual(["ciphertext", "encrypted_key", "iv", "protected", "tag"]);
  const header = JSON.parse(Buffer.from(String(jwe["protected"]), "base64url").toString()) as object;
  expect(header).toMatchObject({ alg: "ECDH-ES+A256KW", enc: "A256GCM", epk: { crv: "P-256" } });
  expect(Object.keys(header).sort()).toEqual(["alg", "enc", "epk"]);
});

test("each recipient gets a JWE of its own; any of them decrypts", async () => {
  const made = await sample(100, [other.publicJwk, key.publicJwk]);
  expect(made.layer.annotations[jweAnnotation]?.split(",").length).toBe(2);
  for (const { privateJwk } of [key, other]) {
    expect((await decrypt(made, [privateJwk])).equals(made.plain)).toBe(true);
  }
});

test("every run has another key, nonce and ciphertext", async () => {
  const keys: LayerKey[] = [];
  for (let i = 0; i < 3; i++)
    keys.push(await unwrapLayerKey((await sample()).layer, { keys: [key.privateJwk] }));
  assertDistinctLayerKeys(keys);
  const { nonce } = LayerKey.parts(keys[0] as LayerKey);
  expect(LayerKey.parts(keys[1] as LayerKey).nonce).not.toEqual(nonce);
  expect(() => assertDistinctLayerKeys([...keys, keys[1] as LayerKey])).toThrow(
    expect.objectContaining({ code: ocicryptErrors.LAYER_REPEATED.code }),
  );
  expect(JSON.stringify(keys[0])).toBe("{}");
});

test("what cannot be encrypted is refused at once", async () => {
  const nothing = inChunks(new Uint8Array(0));
  const { layer } = await sample(1);
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return (error as { code?: string }).code;
    }
    return undefined;
  };
  const recipients = [key.publicJwk];
  expect(code(() => encryptLayer(layer, nothing, { recipients }))).toBe(
    ocicryptErrors.ALREADY_ENCRYPTED.code,
  );
  expect(code(() => encryptLayer({ mediaType: "text/plain" }, nothing, { recipients }))).toBe(
    ocicryptErrors.MEDIA_TYPE_UNSUPPORTED.code,
  );
  expect(code(() => encryptLayer({ mediaType: gzip }, nothing, { recipients: [] }))).toBe(
    ocicryptErrors.RECIPIENT_MISSING.code,
  );
  await expect(
    gather(decryptLayer({ ...layer, mediaType: gzip }, () => nothing, { keys: [] })),
  ).rejects.toMatchObject({
    code: ocicryptErrors.NOT_ENCRYPTED.code,
  });
});

test("an image passes only if each layer is encrypted, whole and its own", async () => {
  const [a, b] = [(await sample()).layer, (await sample()).layer];
  const diffIds = (count: number) => ({ rootfs: { diff_ids: Array<string>(count).fill("sha256:0") } });
  checkEncryptedManifest({ layers: [a, b] }, diffIds(2));
  const cases: [keyof typeof ocicryptErrors, EncryptedLayer[], number][] = [
    ["LAYER_COUNT", [a, b], 1],
    ["LAYER_COUNT", [a], 2],
    ["LAYER_COUNT", [], 0],
    ["LAYER_PLAIN", [a, { ...b, mediaType: gzip }], 2],
    [
      "LAYER_PLAIN",
      [{ ...a, mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip+encrypted" }],
      1,
    ],
    ["LAYER_FOREIGN", [a, { ...b, urls: [] }], 2],
    ["LAYER_REPEATED", [a, a], 2],
    ["CIPHER_OPTIONS_PUBLIC", [withPublicOptions(a, (o) => ({ ...o, cipheroptions: { nonce: "" } }))], 1],
    ["PUBLIC_OPTIONS_INVALID", [{ ...a, annotations: {} }], 1],
  ];
  for (const [name, layers, count] of cases) {
    expect(() => checkEncryptedManifest({ layers }, diffIds(count)), name).toThrow(
      expect.objectContaining({ code: ocicryptErrors[name].code }),
    );
  }
});

test("a source is read as fast as the result is, and no faster", async () => {
  const taken: number[] = [];
  async function* source() {
    for (let i = 0; i < 10; i++) {
      taken.push(i);
      yield new Uint8Array(1000);
    }
  }
  const encryption = encryptLayer({ mediaType: gzip }, source(), { recipients: [key.publicJwk] });
  expect(taken).toEqual([]);
  let given = 0;
  for await (const chunk of encryption.content) {
    given++;
    expect(chunk.length).toBe(1000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken.length).toBe(given);
  }
  expect(given).toBe(10);
});

test("progress tells each phase from its beginning to the size of the layer", async () => {
  const plain = new Uint8Array(3500);
  const seen: LayerProgress[] = [];
  const onProgress = (progress: LayerProgress) => void seen.push(progress);
  const encryption = encryptLayer({ mediaType: gzip }, inChunks(plain), {
    recipients: [key.publicJwk],
    onProgress,
  });
  const ciphertext = await gather(encryption.content);
  expect(seen.splice(0)).toEqual([1000, 2000, 3000, 3500].map((bytes) => ({ phase: "encrypt", bytes })));
  const keys = [key.privateJwk];
  await gather(decryptLayer(encryption.result(), () => inChunks(ciphertext), { keys, onProgress }));
  const steps = (phase: string) => [1000, 2000, 3000, 3500].map((bytes) => ({ phase, bytes, total: 3500 }));
  expect(seen).toEqual([...steps("verify"), ...steps("decrypt")]);
});

test.for(["encrypt", "verify", "decrypt"] as const)("an abort ends the work: %s", async (phase) => {
  const reason = new Error("enough");
  const made = await sample(10_000);
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = (progress: LayerProgress) => {
    if (progress.phase === phase && progress.bytes > 4000) controller.abort(reason);
  };
  let given = 0;
  const work = async () => {
    const content =
      phase === "encrypt"
        ? encryptLayer({ mediaType: gzip }, inChunks(made.plain), {
            recipients: [key.publicJwk],
            signal,
            onProgress,
          }).content
        : decryptLayer(made.layer, () => inChunks(made.ciphertext), {
            keys: [key.privateJwk],
            signal,
            onProgress,
          });
    for await (const chunk of content) given += chunk.length;
  };
  await expect(work()).rejects.toBe(reason);
  expect(given).toBeLessThanOrEqual({ encrypt: 5000, verify: 0, decrypt: 5000 }[phase]);
});
