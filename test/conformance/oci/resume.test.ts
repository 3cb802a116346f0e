import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isApocError } from "@apoc/errors";
import {
  type Content,
  copy,
  type CopyEvent,
  type Descriptor,
  encodeCanonicalJson,
  MemoryTarget,
  mediaTypes,
  RemoteRepository,
  sha256Digest,
} from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { serveRegistry } from "@apoc/devnet/registry";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dockerRegistryPresent, startDockerRegistry } from "../peers/docker-registry.ts";
import { sampleImage, type SampleImage } from "../sample-image.ts";
import { CuttingProxy } from "./cutting-proxy.ts";

const child = new URL("./resume-child.ts", import.meta.url).pathname;
const bytes = randomBytes(12_000_000);
const blob: Descriptor = { mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length };

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return isApocError(error) ? error.descriptor.name : String(error);
  }
}

async function gather(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Runs the child to its end, or until it says a word, and then kills it without notice. */
function runChild(args: readonly string[], killAt?: (message: unknown) => boolean): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const messages: unknown[] = [];
    const execArgv = ["--conditions=apoc-source", "--disable-warning=ExperimentalWarning"];
    const running = fork(child, [...args], { execArgv });
    running.on("message", (message) => {
      messages.push(message);
      if (killAt?.(message) === true) running.kill("SIGKILL");
    });
    running.on("error", reject);
    running.on("exit", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(messages);
      else reject(new Error(`child ended with ${code}`));
    });
  });
}

const registries = ["own", ...((await dockerRegistryPresent()) ? ["docker-registry"] : [])];

describe.each(registries)("broken connections to the %s registry", (kind) => {
  let directory: string;
  let upstream: { host: string; close(): Promise<void> };
  let proxy: CuttingProxy;
  let image: SampleImage;
  let repositories = 0;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "apoc-resume-"));
    upstream =
      kind === "own"
        ? await serveRegistry({ dir: join(directory, "own") })
        : await startDockerRegistry(directory);
    proxy = await CuttingProxy.start(upstream.host);
    await open("kept").push(blob, bytes);
    image = await sampleImage({ sizes: [20_000, 6_000_000] });
    await copy(image.target, "latest", open("image"), { tags: ["v1"] });
  });
  beforeEach(() => {
    proxy.disturb = () => undefined;
    proxy.requests.length = 0;
  });
  afterAll(async () => {
    await proxy.close();
    await upstream.close();
    await rm(directory, { recursive: true, force: true });
  });

  const open = (repository: string) =>
    new RemoteRepository({
      reference: `${proxy.host}/${repository}`,
      backOffMilliseconds: 1,
      chunkSize: 4_000_000,
    });
  const fresh = () => open(`fresh/${repositories++}`);
  const of = (method: string) => proxy.requests.filter((request) => request.method === method);

  test("a download continues by range, and nothing is sent twice", async () => {
    let cuts = 0;
    proxy.disturb = ({ method }) => (method === "GET" && cuts++ < 3 ? { cutResponse: 3_000_000 } : undefined);
    expect((await gather(open("kept").fetch(blob))).equals(bytes)).toBe(true);
    const ranges = of("GET").map(({ headers }) => Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1]));
    expect(ranges.length).toBe(4);
    expect(ranges[0]).toBeNaN();
    for (const [i, range] of ranges.slice(1).entries())
      expect(range).toBeLessThanOrEqual(3_000_000 * (i + 1));
    const received = of("GET").reduce((sum, request) => sum + request.received, 0);
    // What was in the air when the connection broke is lost.
    expect(received).toBeLessThan(bytes.length + 3_000_000);
  });

  test("a registry that ignores the range sends all, and the content is the same", async () => {
    let cuts = 0;
    proxy.disturb = () => ({ without: ["range"], ...(cuts++ < 2 ? { cutResponse: 3_000_000 } : {}) });
    expect((await gather(open("kept").fetch(blob))).equals(bytes)).toBe(true);
    expect(of("GET").length).toBe(3);
  });

  test.for([
    "bytes 0-11999999/12000000",
    "bytes 5-11999999/12000000",
    "bytes 3000000-3000005/12000000",
    "bytes 3000000-11999999/12000001",
    "x",
    "",
  ])("another range than was asked for is refused: %j", async (range) => {
    proxy.disturb = ({ headers }) =>
      headers.range === undefined ? { cutResponse: 3_000_000 } : { headers: { "content-range": range } };
    expect(await failure(gather(open("kept").fetch(blob)))).toBe("REGISTRY_PROTOCOL");
  });

  test("a byte that was changed before the break is found at the end", async () => {
    let first = true;
    proxy.disturb = ({ headers }) => {
      if (headers.range !== undefined) return undefined;
      const change = (chunk: Buffer) => {
        if (first) chunk[0] = (chunk[0] ?? 0) ^ 1;
        first = false;
        return chunk;
      };
      return { cutResponse: 3_000_000, change };
    };
    expect(await failure(gather(open("kept").fetch(blob)))).toBe("DIGEST_MISMATCH");
    expect(of("GET").length).toBe(2);
  });

  test("an upload continues at the registry's offset", async () => {
    let patches = 0;
    proxy.disturb = ({ method }) =>
      method === "PATCH" && [1, 3].includes(++patches) ? { cutRequest: 1_500_000 } : undefined;
    const target = fresh();
    await target.push(blob, bytes);
    expect(of("GET").length).toBe(2);
    const sent = of("PATCH").map(({ headers }) => headers["content-range"]);
    const starts = sent.map((range) => Number(range?.split("-")[0]));
    // Docker's registry drops an upload with a broken chunk, so everything is sent again.
    if (kind !== "own") expect(starts.slice(0, 4)).toEqual([0, 0, 4_000_000, 0]);
    else {
      const [, first = 0, , second = 0] = starts;
      expect(starts).toEqual([0, first, first + 4_000_000, second, second + 4_000_000]);
      // What was in the air when the connection broke is lost.
      expect(first > 0 && first <= 1_500_000).toBe(true);
      expect(second > first + 4_000_000 && second <= first + 5_500_000).toBe(true);
    }
    proxy.disturb = () => undefined;
    expect((await gather(target.fetch(blob))).equals(bytes)).toBe(true);
  });

  test("an upload in one piece that breaks is completed", async () => {
    const small = bytes.subarray(0, 3_000_000);
    const descriptor = { ...blob, digest: sha256Digest(small), size: small.length };
    let cuts = 0;
    proxy.disturb = ({ method }) =>
      method === "PUT" && cuts++ === 0 ? { cutRequest: 1_000_000 } : undefined;
    const target = fresh();
    await target.push(descriptor, small);
    expect((await gather(target.fetch(descriptor))).equals(small)).toBe(true);
  });

  test("a blob whose answer was lost is not uploaded again", async () => {
    let lost = 0;
    proxy.disturb = ({ method }) => (method === "PUT" && lost++ === 0 ? { loseAnswer: true } : undefined);
    const target = fresh();
    await target.push(blob, bytes);
    expect(of("PATCH").length).toBe(1);
    expect(await target.exists(blob)).toBe(true);
  });

  test("blobs are mounted from another repository of the registry", async () => {
    const result = await copy(open("image"), "v1", fresh(), { tags: ["v1"] });
    expect([result.copied, result.mounted]).toEqual([1, 3]);
    expect(of("PATCH")).toEqual([]);
    expect(of("POST").map(({ path }) => /from=image/.test(path))).toEqual([true, true, true]);
  });

  test("a refused mount becomes an upload, without a second start", async () => {
    const result = await copy(image.target, "latest", fresh(), { tags: ["v1"] });
    // Without a repository to name, our registry looks everywhere, and docker's begins an upload.
    expect([result.copied, result.mounted]).toEqual(kind === "own" ? [1, 3] : [4, 0]);
    expect(of("POST").length).toBe(3);
  });

  test("many writers of one list of referrers lose nothing", async () => {
    const target = fresh();
    await copy(image.target, "latest", target, { tags: ["v1"] });
    const { registry, repository } = target.reference;
    const writers = ["a", "b", "c"].map((name) => runChild(["refer", registry, repository, name, "3"]));
    await Promise.all(writers);
    const listed = await target.referrers(image.descriptor.digest);
    const names = ["a", "b", "c"].flatMap((name) => [0, 1, 2].map((i) => `${name}${i}`));
    expect(new Set(listed.map(({ annotations }) => annotations?.["name"]))).toEqual(new Set(names));
    expect(listed.length).toBe(names.length);
    const again = await copy(target, "v1", new MemoryTarget(), { referrers: true });
    // Image, config, two layers; nine referrers and their one empty config.
    expect(again.copied).toBe(14);
  });

  test("a false list of referrers is not copied", async () => {
    const source = await sampleImage();
    const empty = { mediaType: mediaTypes.empty, digest: sha256Digest(Buffer.from("{}")), size: 2 };
    await source.target.push(empty, Buffer.from("{}"));
    const other = encodeCanonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: empty,
      layers: [],
      subject: { ...empty, mediaType: mediaTypes.manifest },
    });
    const lie = { mediaType: mediaTypes.manifest, digest: sha256Digest(other), size: other.length };
    await source.target.push(lie, other);
    const liar = Object.assign(Object.create(source.target) as MemoryTarget, {
      referrers: async () => [lie],
      resolve: (reference: string) => source.target.resolve(reference),
      fetch: (descriptor: Descriptor) => source.target.fetch(descriptor),
    });
    expect(await failure(copy(liar, "latest", fresh(), { referrers: true }))).toBe("SUBJECT_MISMATCH");
  });

  test("a copy that was killed leaves a valid layout, and the next one resumes", async () => {
    const path = join(directory, `layout-${kind}`);
    const layer = image.manifest.layers[1] as Descriptor;
    proxy.disturb = ({ path: asked }) => (asked.includes(layer.digest) ? { slowly: 20 } : undefined);
    const args = ["copy", `${proxy.host}/image`, path];
    const seen = await runChild(args, (message) => {
      const { kind: what, descriptor, bytes: passed } = message as CopyEvent;
      return what === "progress" && descriptor.digest === layer.digest && passed > 4_500_000;
    });
    expect(seen.length).toBeGreaterThan(0);
    // What lies under a digest has it, and there is no tag yet.
    const layout = await openLayout(path);
    expect(await layout.entries()).toEqual([]);
    for (const name of await readdir(join(path, "blobs", "sha256"))) {
      expect(sha256Digest(await readFile(join(path, "blobs", "sha256", name)))).toBe(`sha256:${name}`);
    }
    expect(await layout.exists(layer)).toBe(false);
    expect((await readdir(join(path, ".partial"))).length).toBeGreaterThan(0);

    proxy.disturb = () => undefined;
    proxy.requests.length = 0;
    const result = await copy(open("image"), "v1", layout, { tags: ["v1"] });
    expect(result.resumed).toBe(1);
    expect(result.bytes).toBeLessThan(layer.size - 3_000_000);
    expect(of("GET").filter(({ headers }) => headers.range !== undefined).length).toBe(1);
    expect(await layout.resolve("v1")).toEqual(image.descriptor);
    expect((await gather(layout.fetch(layer))).equals(image.blobs[1] as Uint8Array)).toBe(true);
    expect(await readdir(join(path, ".partial"))).toEqual([]);
  });
});
