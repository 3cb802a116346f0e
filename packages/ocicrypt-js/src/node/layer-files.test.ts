import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, expect, test } from "vitest";
import { decryptLayer, type LayerProgress, ocicryptErrors, unwrapLayerKey } from "../index.ts";
import {
  gather,
  gzip,
  inChunks,
  key,
  other,
  redescribe,
  sample,
  withPublicOptions,
} from "../sample-layer.test.data.ts";
import { pieces, pieceSize } from "./layer-job.ts";
import { decryptLayerFile, encryptLayerFile } from "./index.ts";

const folder = await mkdtemp(join(tmpdir(), "ocicrypt-files-"));
const at = (name: string) => join(folder, name);
const code = (name: keyof typeof ocicryptErrors) => ({ code: ocicryptErrors[name].code });
const digest = (bytes: Uint8Array, algorithm = "sha256") =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as `sha256:${string}`;
const recipients = [key.publicJwk];
const keys = [key.privateJwk];

beforeEach(async () => {
  for (const name of await readdir(folder)) await rm(at(name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ring = pieces * pieceSize;
test.for(
  [0, 1, 15, pieceSize - 1, pieceSize, pieceSize + 1, ring, ring + 1, 3 * ring + 12_345].flatMap((size) => [
    [size, 1] as const,
    [size, 2] as const,
  ]),
)("%i bytes in %i threads give what the streams give", async ([size, threads]) => {
  const plain = randomBytes(size);
  await writeFile(at("plain"), plain);
  const descriptor = { mediaType: gzip, digest: digest(plain), size };
  const layer = await encryptLayerFile(descriptor, at("plain"), at("encrypted"), { recipients, threads });
  const ciphertext = await readFile(at("encrypted"));
  expect(layer).toMatchObject({ mediaType: `${gzip}+encrypted`, digest: digest(ciphertext), size });
  const streamed = await gather(decryptLayer(layer, () => inChunks(ciphertext), { keys }));
  expect(streamed.equals(plain)).toBe(true);
  const decrypted = await decryptLayerFile(layer, at("encrypted"), at("back"), { keys, threads });
  expect(decrypted).toEqual(descriptor);
  expect((await readFile(at("back"))).equals(plain)).toBe(true);
  expect((await stat(at("back"))).mode & 0o777).toBe(0o600);
  expect((await readdir(folder)).sort()).toEqual(["back", "encrypted", "plain"]);
});

test("a source that is not what its descriptor says is not encrypted", async () => {
  const plain = randomBytes(300_000);
  await writeFile(at("plain"), plain);
  const wrong = [
    { digest: digest(plain.subarray(1)), size: 300_000 },
    { digest: digest(plain), size: 299_999 },
    { digest: digest(plain), size: 300_001 },
  ];
  for (const threads of [1, 2] as const) {
    for (const part of wrong) {
      const work = encryptLayerFile({ mediaType: gzip, ...part }, at("plain"), at("no"), {
        recipients,
        threads,
      });
      await expect(work).rejects.toMatchObject(code("SOURCE_CHANGED"));
    }
    const sha512 = { mediaType: gzip, digest: digest(plain, "sha512") };
    await encryptLayerFile(sha512, at("plain"), at("yes"), { recipients, threads });
  }
  expect((await readdir(folder)).sort()).toEqual(["plain", "yes"]);
});

test.for([1, 2] as const)("in %i threads, nothing is left of what does not hold", async (threads) => {
  const made = await sample(1_000_000);
  const { layer, ciphertext } = made;
  await writeFile(at("good"), ciphertext);
  const flipped = Buffer.from(ciphertext);
  flipped[999_999] = (flipped[999_999] ?? 0) ^ 1;
  await writeFile(at("flipped"), flipped);
  await writeFile(at("short"), ciphertext.subarray(0, -1));
  await writeFile(at("long"), Buffer.concat([ciphertext, Buffer.alloc(3_000_000)]));
  const wrongHmac = withPublicOptions(layer, (options) => ({
    ...options,
    hmac: Buffer.alloc(32).toString("base64"),
  }));
  const cases = [
    [layer, "flipped", "CIPHERTEXT_DIGEST"],
    [redescribe(layer, flipped), "flipped", "HMAC_MISMATCH"],
    [wrongHmac, "good", "HMAC_MISMATCH"],
    [layer, "short", "CIPHERTEXT_SIZE"],
    [layer, "long", "CIPHERTEXT_SIZE"],
  ] as const;
  for (const [descriptor, file, name] of cases) {
    const work = decryptLayerFile(descriptor, at(file), at("no"), { keys, threads });
    await expect(work, `${file} ${name}`).rejects.toMatchObject(code(name));
  }
  await expect(
    decryptLayerFile(layer, at("good"), at("no"), { keys: [other.privateJwk], threads }),
  ).rejects.toMatchObject(code("NO_MATCHING_KEY"));
  await expect(decryptLayerFile(layer, at("none"), at("no"), { keys, threads })).rejects.toMatchObject({
    code: "ENOENT",
  });
  await expect(decryptLayerFile(layer, at("good"), at("no/no"), { keys, threads })).rejects.toMatchObject({
    code: "ENOENT",
  });
  expect((await readdir(folder)).sort()).toEqual(["flipped", "good", "long", "short"]);
});

test("a failure keeps the file that was there; a success replaces it", async () => {
  const { layer, ciphertext, plain } = await sample(10_000);
  await writeFile(at("good"), ciphertext);
  await writeFile(at("bad"), Buffer.alloc(10_000));
  await writeFile(at("there"), "before");
  await expect(decryptLayerFile(layer, at("bad"), at("there"), { keys })).rejects.toMatchObject(
    code("CIPHERTEXT_DIGEST"),
  );
  expect(await readFile(at("there"), "utf8")).toBe("before");
  const layerKey = await unwrapLayerKey(layer, { keys });
  await decryptLayerFile(layer, at("good"), at("there"), { layerKey });
  expect((await readFile(at("there"))).equals(plain)).toBe(true);
});

test("a layer is given its name only when it decompresses to its diffID", async () => {
  const tar = randomBytes(200_000);
  const blob = gzipSync(tar);
  const two = Buffer.concat([gzipSync(tar.subarray(0, 1000)), gzipSync(tar.subarray(1000))]);
  for (const plain of [blob, two]) {
    await writeFile(at("plain"), plain);
    const layer = await encryptLayerFile({ mediaType: gzip }, at("plain"), at("encrypted"), { recipients });
    const decrypt = (more: object) => decryptLayerFile(layer, at("encrypted"), at("back"), { keys, ...more });
    await expect(decrypt({ diffId: digest(plain) })).rejects.toMatchObject(code("DIFF_ID_MISMATCH"));
    await expect(decrypt({ diffId: digest(tar), mostPlainBytes: 199_999 })).rejects.toMatchObject(
      code("DIFF_ID_MISMATCH"),
    );
    expect(await readdir(folder)).not.toContain("back");
    await decrypt({ diffId: digest(tar), mostPlainBytes: 200_000 });
    await decrypt({ diffId: digest(tar, "sha512") });
    await rm(at("back"));
  }
  await writeFile(at("plain"), tar);
  const noGzip = await encryptLayerFile({ mediaType: gzip }, at("plain"), at("encrypted"), { recipients });
  const options = { keys, diffId: digest(tar) };
  await expect(decryptLayerFile(noGzip, at("encrypted"), at("back"), options)).rejects.toMatchObject(
    code("DIFF_ID_MISMATCH"),
  );
  const tarType = gzip.replace("+gzip", "");
  const plainTar = await encryptLayerFile({ mediaType: tarType }, at("plain"), at("encrypted"), {
    recipients,
  });
  await decryptLayerFile(plainTar, at("encrypted"), at("back"), options);
});

test("progress grows to the size of the layer, and a listener can end the work", async () => {
  const size = 20 * 1024 * 1024;
  await writeFile(at("plain"), Buffer.alloc(size));
  for (const threads of [1, 2] as const) {
    const seen: LayerProgress[] = [];
    await encryptLayerFile({ mediaType: gzip, size }, at("plain"), at("encrypted"), {
      recipients,
      threads,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.at(-1)).toEqual({ phase: "encrypt", bytes: size, total: size });
    const bytes = seen.map((progress) => progress.bytes);
    expect(bytes.length).toBeGreaterThan(4);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    const stop = new Error("stop");
    const onProgress = () => {
      throw stop;
    };
    await expect(
      encryptLayerFile({ mediaType: gzip }, at("plain"), at("no"), { recipients, threads, onProgress }),
    ).rejects.toBe(stop);
  }
  expect((await readdir(folder)).sort()).toEqual(["encrypted", "plain"]);
});

test("an abort ends the threads and leaves nothing", async () => {
  await writeFile(at("plain"), Buffer.alloc(20 * 1024 * 1024));
  for (const threads of [1, 2] as const) {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    const { signal } = controller;
    const options = { recipients, threads, signal, onProgress };
    await expect(encryptLayerFile({ mediaType: gzip }, at("plain"), at("no"), options)).rejects.toBe(reason);
    await expect(encryptLayerFile({ mediaType: gzip }, at("plain"), at("no"), options)).rejects.toBe(reason);
  }
  expect(await readdir(folder)).toEqual(["plain"]);
});
