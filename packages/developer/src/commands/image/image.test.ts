import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
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
import { exportPkcs8, exportSpki, generateImageKey } from "ocicrypt-js";
import { afterAll, beforeAll, expect, test } from "vitest";
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

async function image(line: string) {
  const fake = fakeIo({ cwd: dir, env: { APOC_CONFIG_DIR: join(dir, "config") } });
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
