import { apiErrors } from "@apoc/core";
import { spawn } from "node:child_process";
import { once as event } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Content, type Descriptor, ociErrors, sha256Digest } from "@apoc/oci";
import { expect, onTestFinished, test } from "vitest";
import { collect, once } from "../testing/sample-image.ts";
import { ContentStore } from "./content-store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const describe = (content: Uint8Array): Descriptor => ({
  mediaType: "application/octet-stream",
  digest: sha256Digest(content),
  size: content.length,
});

async function setUp(limit = 1_000_000) {
  const folder = await mkdtemp(join(tmpdir(), "apoc-content-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const files = async () => [
    ...(await readdir(join(folder, "sha256"))),
    ...(await readdir(join(folder, "incoming"))),
  ];
  return { folder, files, store: await ContentStore.open(folder, limit) };
}

test("a blob is fetched once for any number of callers, and survives", async () => {
  const { folder, store } = await setUp();
  const content = bytes("hello");
  let fetched = 0;
  const fetch = () => {
    fetched += 1;
    return once(content);
  };
  await Promise.all(Array.from({ length: 5 }, () => store.ensure(describe(content), fetch)));
  await store.ensure(describe(content), fetch);
  expect(fetched).toBe(1);
  const reopened = await ContentStore.open(folder, 1_000_000);
  expect(await collect(reopened.fetch(describe(content)))).toEqual(content);
  expect(reopened.totalBytes).toBe(5);
});

test("a registry that lies about bytes leaves nothing behind", async () => {
  const { store, files } = await setUp();
  const content = bytes("hello");
  const lies: [Uint8Array, string][] = [
    [bytes("hellO"), ociErrors.DIGEST_MISMATCH.code],
    [bytes("hell"), ociErrors.SIZE_MISMATCH.code],
    [bytes("hello and more"), ociErrors.SIZE_MISMATCH.code],
  ];
  for (const [answer, code] of lies) {
    await expect(store.ensure(describe(content), () => once(answer))).rejects.toMatchObject({ code });
    expect(await files()).toEqual([]);
  }
  await expect(collect(store.fetch(describe(content)))).rejects.toMatchObject({
    code: ociErrors.NOT_FOUND.code,
  });
  await store.ensure(describe(content), () => once(content));
  expect(await files()).toHaveLength(1);
});

test("one caller's broken source does not fail another's good one", async () => {
  const { store } = await setUp();
  const content = bytes("hello");
  const bad = store.ensure(describe(content), () => once(bytes("hellO")));
  const good = store.ensure(describe(content), () => once(content));
  await expect(bad).rejects.toMatchObject({ code: ociErrors.DIGEST_MISMATCH.code });
  await good;
  expect(await collect(store.fetch(describe(content)))).toEqual(content);
});

test("what is changed on disk is noticed when read, and fetched again", async () => {
  const { folder, store } = await setUp();
  const content = bytes("hello");
  await store.ensure(describe(content), () => once(content));
  await writeFile(join(folder, "sha256", describe(content).digest.slice(7)), "hellO");
  await expect(collect(store.fetch(describe(content)))).rejects.toMatchObject({
    code: ociErrors.DIGEST_MISMATCH.code,
  });
  await store.ensure(describe(content), () => once(content));
  expect(await collect(store.fetch(describe(content)))).toEqual(content);
});

test("a descriptor with a wrong size is refused, and takes no blob of others away", async () => {
  const { folder, store } = await setUp();
  const content = bytes("somebody's layer");
  await store.ensure(describe(content), () => once(content));
  const wrong = { ...describe(content), size: 1 };
  const refused = { code: ociErrors.SIZE_MISMATCH.code };
  for (const opened of [store, await ContentStore.open(folder, 1_000_000)]) {
    await expect(opened.ensure(wrong, () => once(bytes("x")))).rejects.toMatchObject(refused);
    await expect(collect(opened.fetch(wrong))).rejects.toMatchObject(refused);
    expect(await collect(opened.fetch(describe(content)))).toEqual(content);
  }
});

test("a blob that was cut off on disk is fetched again", async () => {
  const { folder, store, files } = await setUp();
  const content = bytes("hello");
  await store.ensure(describe(content), () => once(content));
  await writeFile(join(folder, "sha256", (await files())[0]!), "hell");
  const reopened = await ContentStore.open(folder, 1_000_000);
  await expect(collect(reopened.fetch(describe(content)))).rejects.toMatchObject({
    code: ociErrors.NOT_FOUND.code,
  });
  await reopened.ensure(describe(content), () => once(content));
  expect(await collect(reopened.fetch(describe(content)))).toEqual(content);
});

test("the oldest blobs make room for new ones, pinned ones do not, and too much is refused", async () => {
  const { store } = await setUp(100);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((letter) => bytes(letter.repeat(40)));
  await store.ensure(describe(a!), () => once(a!));
  const unpin = store.pin([describe(a!).digest]);
  await store.ensure(describe(b!), () => once(b!));
  await store.ensure(describe(c!), () => once(c!));
  expect([a, b, c].map((blob) => store.size(describe(blob!).digest))).toEqual([40, undefined, 40]);
  const unpinC = store.pin([describe(c!).digest]);
  await expect(store.ensure(describe(d!), () => once(d!))).rejects.toMatchObject({
    code: apiErrors.CONTENT_FULL.code,
  });
  unpin();
  unpinC();
  await store.ensure(describe(d!), () => once(d!));
  expect(store.totalBytes).toBeLessThanOrEqual(100);
});

test("a write that a SIGKILL ended leaves a temporary file, which the next start removes", async () => {
  const { folder, files } = await setUp();
  const content = bytes("x".repeat(1000));
  const script = `
    import { ContentStore } from ${JSON.stringify(new URL("./content-store.ts", import.meta.url).href)};
    const store = await ContentStore.open(${JSON.stringify(folder)}, 1e6);
    async function* slow() {
      yield new Uint8Array(500).fill(120);
      yield new Uint8Array(499).fill(120);
      console.log("half");
      await new Promise(() => setInterval(() => {}, 1000));
    }
    await store.ensure(${JSON.stringify(describe(content))}, slow);`;
  const child = spawn(process.execPath, ["--conditions=apoc-source", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await event(child.stdout!, "data");
  child.kill("SIGKILL");
  await event(child, "exit");
  expect(await readdir(join(folder, "incoming"))).toHaveLength(1);
  const store = await ContentStore.open(folder, 1_000_000);
  expect(await files()).toEqual([]);
  expect(store.size(describe(content).digest)).toBeUndefined();
});

test("a reader that stops early leaves no open file to wait for", async () => {
  const { store } = await setUp();
  const content = bytes("y".repeat(600_000));
  await store.ensure(describe(content), () => once(content));
  const read: Content = store.fetch(describe(content));
  for await (const chunk of read) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
});
