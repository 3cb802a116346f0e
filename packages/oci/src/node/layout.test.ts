import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { copy, encodeCanonicalJson, MemoryTarget, mediaTypes, ociErrors } from "../index.ts";
import { describeBytes, failure, gather, storeImage } from "../sample-image.test.data.ts";
import { dockerCredentials, openLayout, openSource } from "./index.ts";

const directories: string[] = [];
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "apoc-oci-"));
  directories.push(directory);
});
afterAll(async () => {
  for (const each of directories) await rm(each, { recursive: true, force: true });
});

async function sample() {
  const source = new MemoryTarget();
  const image = await storeImage(source);
  await source.tag(image, "v1");
  return { source, image };
}

test("an image goes into a layout and comes out of it", async () => {
  const { source, image } = await sample();
  const layout = await openLayout(directory, { create: true });
  await copy(source, "v1", layout, { tags: ["v1"] });
  const reopened = await openLayout(directory);
  expect(await reopened.resolve("v1")).toEqual(image);
  expect(await reopened.resolve(image.digest)).toEqual(image);
  expect(await copy(reopened, "v1", new MemoryTarget())).toMatchObject({ copied: 4 });
  expect(
    (await readdir(join(directory, "blobs", "sha256"))).every((file) => /^[0-9a-f]{64}$/.test(file)),
  ).toBe(true);
});

test("a tag moves, and an image may have several", async () => {
  const { source, image } = await sample();
  const other = await storeImage(source, "arm64");
  const layout = await openLayout(directory, { create: true });
  await copy(source, "v1", layout);
  await copy(source, other.digest, layout);
  await Promise.all([layout.tag(image, "a"), layout.tag(image, "b"), layout.tag(other, "c")]);
  await layout.tag(other, "a");
  expect((await layout.resolve("a")).digest).toBe(other.digest);
  expect((await layout.resolve("b")).digest).toBe(image.digest);
  expect((await layout.entries()).length).toBe(3);
  await expect(openSource(`oci:${directory}`)).rejects.toMatchObject({ code: ociErrors.TAG_AMBIGUOUS.code });
  expect((await openSource(`oci:${directory}:b`)).reference).toBe("b");
});

test("no tag is lost where several write to one layout, and a lock of one that died does not last", async () => {
  const { source, image } = await sample();
  const [first] = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const layout = await openLayout(directory, { create: true });
      await copy(source, "v1", layout);
      return layout;
    }),
  );
  const lock = join(directory, ".partial", "index.lock");
  await writeFile(lock, "");
  await utimes(lock, new Date(0), new Date(0));
  const names = Array.from({ length: 16 }, (_, i) => `t${i}`);
  await Promise.all(names.map(async (name) => (await openLayout(directory)).tag(image, name)));
  const entries = await first!.entries();
  const tags = entries.map(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"]);
  expect(new Set(tags)).toEqual(new Set(names));
  expect(tags).toHaveLength(names.length);
  expect(await readdir(join(directory, ".partial"))).toEqual([]);
});

test("referrers in a layout are found without a tag", async () => {
  const { source, image } = await sample();
  const layout = await openLayout(directory, { create: true });
  await copy(source, "v1", layout, { tags: ["v1"] });
  const bytes = encodeCanonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: "application/vnd.example",
    config: image,
    layers: [],
    subject: image,
  });
  const referrer = describeBytes(mediaTypes.manifest, bytes);
  await layout.push(referrer, bytes);
  expect(await layout.referrers(image.digest)).toMatchObject([{ digest: referrer.digest }]);
  expect(await layout.referrers(image.digest, "application/vnd.other")).toEqual([]);
  expect((await openSource(directory)).reference).toBe(image.digest);
});

test("a changed blob is found, and wrong content never becomes a blob", async () => {
  const { source, image } = await sample();
  const layout = await openLayout(directory, { create: true });
  await copy(source, "v1", layout);
  const path = join(directory, "blobs", "sha256", image.digest.slice(7));
  const bytes = await readFile(path);
  await writeFile(path, bytes.toReversed());
  await expect(gather(layout.fetch(image))).rejects.toMatchObject({ code: ociErrors.DIGEST_MISMATCH.code });
  await rm(path);
  await expect(gather(layout.fetch(image))).rejects.toMatchObject({ code: ociErrors.NOT_FOUND.code });
  await expect(layout.push(image, Buffer.alloc(image.size))).rejects.toMatchObject({
    code: ociErrors.DIGEST_MISMATCH.code,
  });
  expect(await layout.exists(image)).toBe(false);
  expect((await readdir(join(directory, "blobs", "sha256"))).every((file) => !file.includes("."))).toBe(true);
  await expect(layout.tag(image, "v1")).rejects.toMatchObject({ code: ociErrors.NOT_FOUND.code });
});

test("names that mean nothing are refused", async () => {
  const named = (text: string) => failure(openSource(text));
  expect(await named(directory)).toBe("LAYOUT_INVALID");
  expect(await named("./missing")).toBe("SOURCE_UNKNOWN");
  expect(await named("oci:/missing/folder")).toBe("NOT_FOUND");
  expect(await named("ftp://registry.example/x")).toBe("SOURCE_UNKNOWN");
  expect(await named("busybox")).toBe("REGISTRY_MISSING");
  const { reference, transport } = await openSource("docker://registry.example/x");
  expect([reference, transport]).toEqual(["latest", "docker"]);
  await expect(openLayout(directory)).rejects.toMatchObject({ code: ociErrors.LAYOUT_INVALID.code });
});

test("credentials come from docker's and podman's files and from helpers", async () => {
  const auth = Buffer.from("user:pass:word").toString("base64");
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({
      auths: {
        "registry.example:5000": { auth },
        "token.example": { identitytoken: "t" },
        "bad.example": { auth: "x" },
      },
      credHelpers: { "helper.example": "apoc-test" },
    }),
  );
  const helper = join(directory, "docker-credential-apoc-test");
  const answer = '{"ServerURL":"x","Username":"<token>","Secret":"s"}';
  await writeFile(helper, `#!/bin/sh\nread -r server\n[ "$server" = helper.example ] && echo '${answer}'\n`, {
    mode: 0o755,
  });
  const path = process.env["PATH"];
  process.env["PATH"] = `${directory}:${path}`;
  try {
    const credentials = dockerCredentials({ DOCKER_CONFIG: directory });
    expect(await credentials("registry.example:5000")).toEqual({ username: "user", password: "pass:word" });
    expect(await credentials("token.example")).toEqual({ identityToken: "t" });
    expect(await credentials("helper.example")).toEqual({ identityToken: "s" });
    expect(await credentials("other.example")).toBeUndefined();
    await expect(credentials("bad.example")).rejects.toMatchObject({
      code: ociErrors.CREDENTIALS_INVALID.code,
    });
  } finally {
    process.env["PATH"] = path;
  }
});
