/**
 * One image for each rule that is stricter than ocicrypt, and for each that both have: forged so that it breaks this rule
 * and no other. The base image, made by the same forger, passes.
 */
import { toBase64 } from "@apoc/encoding";
import { createCipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  assertDistinctLayerKeys,
  checkEncryptedManifest,
  encryptedSuffix,
  jweAnnotation,
  type LayerDescriptor,
  ocicryptErrors,
  publicOptionsAnnotation,
  unwrapLayerKey,
} from "./index.ts";
import { wrapForRecipient } from "./jwe.ts";
import { decryptLayerFile } from "./node/index.ts";
import { gzip, key } from "./sample-layer.test.data.ts";

const keys = [key.privateJwk];
const digestOf = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}` as const;

interface Forged {
  readonly descriptor: LayerDescriptor;
  readonly ciphertext: Buffer;
  readonly diffId: `sha256:${string}`;
}

/** What a forger may change of one layer; everything else is made to fit. */
interface Forgery {
  symkey?: Buffer;
  nonce?: Buffer;
  /** Of the public options, given the true HMAC and nonce. */
  publicOptions?: (hmac: Buffer, nonce: Buffer) => object;
  privateOptions?: (symkey: Buffer, nonce: Buffer) => unknown;
  mediaType?: string;
  descriptor?: Partial<LayerDescriptor>;
  diffId?: `sha256:${string}`;
}

async function forge(forgery: Forgery = {}): Promise<Forged> {
  const { symkey = randomBytes(32), nonce = randomBytes(16) } = forgery;
  const tar = randomBytes(10_000);
  const counter = Buffer.concat([nonce, Buffer.alloc(16)]).subarray(0, 16);
  const cipher = createCipheriv(`aes-${symkey.length * 8}-ctr`, symkey, counter);
  const ciphertext = cipher.update(forgery.mediaType === undefined ? gzipSync(tar) : tar);
  const hmac = createHmac("sha256", symkey).update(ciphertext).digest();
  const publicOptions = forgery.publicOptions?.(hmac, nonce) ?? {
    cipher: "AES_256_CTR_HMAC_SHA256",
    hmac: toBase64(hmac),
    cipheroptions: {},
  };
  const privateOptions = forgery.privateOptions?.(symkey, nonce) ?? {
    symkey: toBase64(symkey),
    digest: "",
    cipheroptions: { nonce: toBase64(nonce) },
  };
  const jwe = await wrapForRecipient(Buffer.from(JSON.stringify(privateOptions)), key.publicJwk);
  return {
    descriptor: {
      mediaType: `${forgery.mediaType ?? gzip}${encryptedSuffix}`,
      digest: digestOf(ciphertext),
      size: ciphertext.length,
      annotations: {
        [publicOptionsAnnotation]: toBase64(Buffer.from(JSON.stringify(publicOptions))),
        [jweAnnotation]: toBase64(jwe),
      },
      ...forgery.descriptor,
    },
    ciphertext,
    diffId: forgery.diffId ?? digestOf(tar),
  };
}

/** All that a careful reader does with an image. */
async function read(layers: readonly Forged[], diffIds = layers.map(({ diffId }) => diffId)): Promise<void> {
  checkEncryptedManifest(
    { layers: layers.map(({ descriptor }) => descriptor) },
    { rootfs: { diff_ids: diffIds } },
  );
  const layerKeys = await Promise.all(layers.map(({ descriptor }) => unwrapLayerKey(descriptor, { keys })));
  assertDistinctLayerKeys(layerKeys);
  const folder = await mkdtemp(join(tmpdir(), "ocicrypt-strict-"));
  try {
    for (const [i, { descriptor, ciphertext }] of layers.entries()) {
      await writeFile(join(folder, "encrypted"), ciphertext);
      const options = { layerKey: layerKeys[i]!, diffId: diffIds[i] };
      const work = decryptLayerFile(descriptor, join(folder, "encrypted"), join(folder, "plain"), options);
      await work.catch(async (error: unknown) => {
        expect(await readdir(folder)).toEqual(i === 0 ? ["encrypted"] : ["encrypted", "plain"]);
        throw error;
      });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the forger's own image passes, with each known media type", async () => {
  await read([await forge(), await forge()]);
  await read([await forge({ mediaType: gzip.replace("+gzip", "") })]);
});

const forged: [string, keyof typeof ocicryptErrors, Forgery][] = [
  [
    "private options in public ones, even the true nonce",
    "CIPHER_OPTIONS_PUBLIC",
    {
      publicOptions: (hmac, nonce) => ({
        cipher: "AES_256_CTR_HMAC_SHA256",
        hmac: toBase64(hmac),
        cipheroptions: { nonce: toBase64(nonce) },
      }),
    },
  ],
  ["a nonce of 3 bytes", "PRIVATE_OPTIONS_INVALID", { nonce: randomBytes(3) }],
  ["a nonce of 15 bytes", "PRIVATE_OPTIONS_INVALID", { nonce: randomBytes(15) }],
  ["a nonce of 17 bytes", "PRIVATE_OPTIONS_INVALID", { nonce: randomBytes(17) }],
  ["a key of 16 bytes, with AES-128", "PRIVATE_OPTIONS_INVALID", { symkey: randomBytes(16) }],
  ["a key of 24 bytes, with AES-192", "PRIVATE_OPTIONS_INVALID", { symkey: randomBytes(24) }],
  [
    "the first half of the HMAC",
    "PUBLIC_OPTIONS_INVALID",
    {
      publicOptions: (hmac) => ({
        cipher: "AES_256_CTR_HMAC_SHA256",
        hmac: toBase64(hmac.subarray(0, 16)),
        cipheroptions: {},
      }),
    },
  ],
  [
    "another name of the same cipher",
    "CIPHER_UNKNOWN",
    {
      publicOptions: (hmac) => ({
        cipher: "aes_256_ctr_hmac_sha256",
        hmac: toBase64(hmac),
        cipheroptions: {},
      }),
    },
  ],
  [
    "an unknown public option",
    "PUBLIC_OPTIONS_INVALID",
    {
      publicOptions: (hmac) => ({
        cipher: "AES_256_CTR_HMAC_SHA256",
        hmac: toBase64(hmac),
        cipheroptions: {},
        version: 2,
      }),
    },
  ],
  [
    "an unknown private option",
    "PRIVATE_OPTIONS_INVALID",
    {
      privateOptions: (symkey, nonce) => ({
        symkey: toBase64(symkey),
        digest: "",
        cipheroptions: { nonce: toBase64(nonce), counter: "1" },
      }),
    },
  ],
  ["Docker's media type", "LAYER_PLAIN", { mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" }],
  [
    "a non-distributable layer",
    "LAYER_PLAIN",
    { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip" },
  ],
  ["an unknown compression", "LAYER_PLAIN", { mediaType: gzip.replace("gzip", "lz4") }],
  ["a foreign address, even an empty list", "LAYER_FOREIGN", { descriptor: { urls: [] } }],
  ["a digest of other bytes", "CIPHERTEXT_DIGEST", { descriptor: { digest: `sha256:${"0".repeat(64)}` } }],
  ["a byte too many announced", "CIPHERTEXT_SIZE", { descriptor: { size: 100_000 } }],
  ["no byte announced", "CIPHERTEXT_SIZE", { descriptor: { size: 0 } }],
  [
    "the HMAC of other bytes",
    "HMAC_MISMATCH",
    {
      publicOptions: () => ({
        cipher: "AES_256_CTR_HMAC_SHA256",
        hmac: toBase64(randomBytes(32)),
        cipheroptions: {},
      }),
    },
  ],
  ["another diffID", "DIFF_ID_MISMATCH", { diffId: `sha256:${"0".repeat(64)}` }],
];
test.for(forged)("%s: %s", async ([, name, forgery]) => {
  const code = ocicryptErrors[name].code;
  await expect(read([await forge(forgery)])).rejects.toMatchObject({ code });
  await expect(read([await forge(), await forge(forgery)])).rejects.toMatchObject({ code });
});

test("two layers under one key", async () => {
  const symkey = randomBytes(32);
  await expect(read([await forge({ symkey }), await forge({ symkey })])).rejects.toMatchObject({
    code: ocicryptErrors.LAYER_REPEATED.code,
  });
});

test("a layer twice, a plain one on top, and other numbers of layers than of diffIDs", async () => {
  const [a, b] = [await forge(), await forge()];
  const plain = { ...b, descriptor: { ...b.descriptor, mediaType: gzip, annotations: {} } };
  const code = (name: keyof typeof ocicryptErrors) => ({ code: ocicryptErrors[name].code });
  await expect(read([a, a])).rejects.toMatchObject(code("LAYER_REPEATED"));
  await expect(read([a, plain])).rejects.toMatchObject(code("LAYER_PLAIN"));
  await expect(read([a, b], [a.diffId])).rejects.toMatchObject(code("LAYER_COUNT"));
  await expect(read([a], [a.diffId, b.diffId])).rejects.toMatchObject(code("LAYER_COUNT"));
  await expect(read([b, a], [a.diffId, b.diffId])).rejects.toMatchObject(code("DIFF_ID_MISMATCH"));
});
