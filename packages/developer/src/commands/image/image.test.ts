import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  copy,
  type Descriptor,
  encodeCanonicalJson,
  type Manifest,
  MemoryTarget,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { runCli } from "@apoc/terminal/main";
import { fakeIo } from "@apoc/terminal/testing";
import { exportPkcs8, exportSpki, generateImageKey, importPrivateKey, toPublicJwk } from "ocicrypt-js";
import { jweKeyService, serveKeyProvider } from "ocicrypt-js/keyprovider";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { group } from "./group.ts";

let dir = "";
let plain: Descriptor;
let index: Descriptor;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "apoc-image-"));
  const memory = new MemoryTarget();
  const images: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const image = await storeImage(memory, architecture);
    images.push({ ...image, platform: { os: "linux", architecture } });
  }
  plain = (({ mediaType, digest, size }) => ({ mediaType, digest, size }))(images[0]!);
  const note = { ...images[1]!, platform: { os: "unknown", architecture: "unknown" } };
  index = await put(memory, mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...images, note],
  });
  await memory.tag(plain, "one");
  await memory.tag(index, "both");
  const layout = await openLayout(join(dir, "in"), { create: true });
  for (const tag of ["one", "both"]) await copy(memory, tag, layout, { tags: [tag] });
  for (const name of ["ours", "other"]) {
    const { publicJwk, privateJwk } = await generateImageKey();
    await writeFile(join(dir, `${name}.pem`), await exportPkcs8(privateJwk));
    await writeFile(join(dir, `${name}.pub`), await exportSpki(publicJwk));
  }
});
afterAll(() => rm(dir, { recursive: true }));

async function image(line: string, env: Record<string, string> = {}) {
  const fake = fakeIo({ cwd: dir, env: { APOC_CONFIG_DIR: join(dir, "config"), ...env } });
  const words = line.split(" ").map((word) => word.replace("@", `${dir}/`));
  const code = await runCli({ name: "image", version: "0" }, group, words, fake.io);
  const json = () => JSON.parse(fake.out()) as { digest: string } & Record<string, never>;
  return { code, out: fake.out().trim(), err: fake.err(), json };
}

test("what is encrypted and decrypted again is the same image, to the digest", async () => {
  const encrypted = await image("encrypt oci:@in:one oci:@enc:one --recipient jwe:ours.pub --json");
  expect(encrypted.err).toBe("");
  expect(encrypted.code).toBe(0);
  expect(encrypted.json().digest).not.toBe(plain.digest);
  const shown = (await image("inspect oci:@enc:one --json")).json() as unknown as {
    images: { layers: { encrypted: boolean; schemes: string[] }[] }[];
  };
  expect(shown.images[0]?.layers).toMatchObject([
    { encrypted: true, schemes: ["jwe"] },
    { encrypted: true, schemes: ["jwe"] },
  ]);
  const back = await image("decrypt oci:@enc:one oci-archive:@dec.tar:one --key other.pem --key ours.pem");
  expect(back).toMatchObject({ code: 0, out: plain.digest });
  expect((await image("inspect oci-archive:@dec.tar:one")).out).toContain(plain.digest);
});

test("of an index one image is taken, or all of them", async () => {
  const encrypt = "encrypt oci:@in:both oci:@idx:all --recipient jwe:ours.pub";
  expect((await image(`${encrypt} --all`)).code).toBe(0);
  const { images, others } = (await image("inspect oci:@idx:all --json")).json() as unknown as {
    images: { platform: string }[];
    others: object[];
  };
  expect(images.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
  expect(others).toEqual([]);
  expect((await image("decrypt oci:@idx:all oci:@idx:arm --platform linux/arm64 --key ours.pem")).code).toBe(
    0,
  );
  expect((await image("inspect oci:@idx:arm")).out).toContain("linux/arm64");
  expect((await image(`${encrypt} --all --platform linux/arm64`)).code).toBe(2);
});

test("copying keeps the digest, of an index as of one platform of it", async () => {
  expect(await image("copy oci:@in:both oci-archive:@both.tar:x")).toMatchObject({
    code: 0,
    out: index.digest,
  });
  expect(await image("copy oci-archive:@both.tar:x oci:@again:x --platform linux/amd64")).toMatchObject({
    code: 0,
    out: plain.digest,
  });
  const raw = await image("inspect oci:@again:x --raw");
  expect(sha256Digest(Buffer.from(raw.out))).toBe(plain.digest);
});

test("recipients are added and removed, and the layers stay as they are", async () => {
  await image("encrypt oci:@in:one oci:@rec:one --recipient jwe:ours.pub");
  const layersOf = async (tag: string) => {
    const { images } = (await image(`inspect oci:@rec:${tag} --json`)).json() as unknown as {
      images: { layers: { digest: string }[] }[];
    };
    return images[0]!.layers.map(({ digest }) => digest);
  };
  const count = async (tag: string) => {
    const { recipients } = (await image(`recipients oci:@rec:${tag} --json`)).json() as unknown as {
      recipients: { scheme: string; algorithm: string; curve: string }[];
    };
    expect(recipients[0]).toMatchObject({ scheme: "jwe", algorithm: "ECDH-ES+A256KW", curve: "P-256" });
    return recipients.length;
  };
  const change = (to: string, from: string, words: string) =>
    image(`recipients oci:@rec:${from} oci:@rec:${to} ${words}`);
  const decrypt = async (tag: string, key: string) =>
    (await image(`decrypt oci:@rec:${tag} oci:@plain:x --key ${key}.pem`)).code;

  expect((await change("two", "one", "--add jwe:other.pub --key ours.pem")).code).toBe(0);
  expect(await layersOf("two")).toEqual(await layersOf("one"));
  expect([await count("one"), await count("two")]).toEqual([2, 4]);
  expect([await decrypt("one", "other"), await decrypt("two", "other")]).toEqual([4, 0]);
  expect((await change("three", "two", "--remove ours.pem")).code).toBe(0);
  expect([await decrypt("three", "ours"), await decrypt("three", "other")]).toEqual([4, 0]);
  // One goes and another comes, opened by the one that goes.
  expect((await change("four", "three", "--remove 0 --add jwe:ours.pub --key other.pem")).code).toBe(0);
  expect([await decrypt("four", "ours"), await decrypt("four", "other")]).toEqual([0, 4]);

  expect((await change("no", "three", "--remove ours.pem")).err).toContain("APOC-2005");
  expect((await change("no", "three", "--remove 7")).err).toContain("APOC-2005");
  expect((await change("no", "three", "--remove 0")).err).toContain("APOC-2004");
  expect((await change("no", "three", "--add jwe:ours.pub")).code).toBe(2);
  expect((await change("no", "three", "--add jwe:ours.pub --key ours.pem")).err).toContain("APOC-2033");
  expect((await image("recipients oci:@rec:one --add jwe:ours.pub")).code).toBe(2);
  expect((await image("inspect oci:@rec:no")).code).not.toBe(0);
});

test("a CAR holds the same image under a CID that does not change", async () => {
  for (const name of ["one", "two"]) {
    expect(await image(`copy oci:@in:one car:@${name}.car:v1`)).toMatchObject({ code: 0, out: plain.digest });
  }
  const [one, two] = await Promise.all(["one", "two"].map((name) => readFile(join(dir, `${name}.car`))));
  expect(one!.equals(two!)).toBe(true);
  expect((await image("copy car:@one.car:v1 oci:@from-car:x")).out).toBe(plain.digest);
});

test("a key provider wraps and unwraps in the place of key files", async () => {
  const key = await importPrivateKey(await readFile(join(dir, "ours.pem")));
  const service = jweKeyService({ keys: [key], recipient: toPublicJwk(key) });
  const server = await serveKeyProvider(service, { address: "127.0.0.1:0" });
  onTestFinished(() => server.close());
  const config = join(dir, "providers.json");
  await writeFile(config, JSON.stringify({ "key-providers": { ours: { grpc: server.address } } }));
  const env = { OCICRYPT_KEYPROVIDER_CONFIG: config };
  const encrypted = await image("encrypt oci:@in:one oci:@kp:one --recipient provider:ours:any", env);
  expect(encrypted.code).toBe(0);
  expect((await image("inspect oci:@kp:one")).out).toContain("provider.ours");
  const decrypt = "decrypt oci:@kp:one oci:@kp:two --key provider:ours";
  expect(await image(decrypt, env)).toMatchObject({ code: 0, out: plain.digest });
  expect((await image(decrypt)).err).toContain("APOC-2060");
  expect((await image("decrypt oci:@kp:one oci:@kp:two --key ours.pem", env)).err).toContain("APOC-2032");
  expect((await image(`${decrypt}-else`, env)).err).toContain("APOC-9105");
  expect((await image("keyprovider")).code).toBe(2);
});

test("what cannot be done leaves nothing behind", async () => {
  await image("encrypt oci:@in:one oci:@wrong:one --recipient jwe:ours.pub");
  const before = await readdir(dir);
  const failures = [
    ["decrypt oci:@wrong:one oci-archive:@no.tar --key other.pem", "APOC-2033"],
    ["decrypt oci:@wrong:one oci-archive:@no.tar --key ours.pub", "APOC-2013"],
    ["decrypt oci:@wrong:one oci-archive:@no.tar --key gone.pem", "APOC-9005"],
    ["decrypt oci:@wrong:one oci-archive:@no.tar", "APOC-9112"],
    ["encrypt oci:@wrong:one oci-archive:@no.tar --recipient jwe:ours.pub", "APOC-9101"],
    ["encrypt oci:@in:one oci-archive:@no.tar", "APOC-9105"],
    ["encrypt oci:@in:one oci-archive:@no.tar --recipient ours.pub", "APOC-9105"],
    ["encrypt oci:@in:one oci-archive:@no.tar --recipient jwe:ours.pem", "APOC-2013"],
    ["copy oci:@wrong:one docker-archive:@no.tar", "APOC-1026"],
    ["copy oci:@in:both docker-archive:@no.tar", "APOC-1026"],
    ["copy oci:@in:gone oci-archive:@no.tar", "APOC-1030"],
    ["copy oci:@in:one registry.example/x", "APOC-1045"],
  ] as const;
  for (const [line, code] of failures) expect((await image(line)).err, line).toContain(code);
  expect(await readdir(dir)).toEqual(before);
});

async function storeImage(target: MemoryTarget, architecture: string): Promise<Descriptor> {
  const tars = ["shared", architecture].map((text) => Buffer.from(`tar ${text}`));
  const layers: Descriptor[] = [];
  for (const tar of tars) layers.push(await put(target, mediaTypes.layerGzip, gzipSync(tar)));
  const rootfs = { type: "layers", diff_ids: tars.map((tar) => sha256Digest(tar)) };
  const config = await put(target, mediaTypes.config, { architecture, os: "linux", rootfs });
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers };
  return put(target, mediaTypes.manifest, manifest);
}

async function put(target: MemoryTarget, mediaType: string, content: object): Promise<Descriptor> {
  const bytes = content instanceof Uint8Array ? content : encodeCanonicalJson(content);
  const descriptor = { mediaType, digest: sha256Digest(bytes), size: bytes.length };
  await target.push(descriptor, bytes);
  return descriptor;
}
