import { isApocError } from "@apoc/errors";
import {
  type Content,
  copy,
  type Descriptor,
  encodeCanonicalJson,
  mediaTypes,
  RemoteRepository,
} from "@apoc/oci";
import { type Fault, type FaultHook, type RunningRegistry, serveRegistry } from "@apoc/devnet/registry";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { describe as describeBytes, sampleImage, type SampleImage } from "../sample-image.ts";

let registry: RunningRegistry;
let image: SampleImage;
let faults: FaultHook = () => undefined;
let repository: RemoteRepository;

beforeAll(async () => {
  registry = await serveRegistry({ faults: (request) => faults(request) });
  image = await sampleImage();
  repository = new RemoteRepository({
    reference: `${registry.host}/a`,
    backOffMilliseconds: 1,
    chunkSize: 50_000,
  });
  await copy(image.target, "latest", repository, { tags: ["v1"] });
});
beforeEach(() => {
  faults = () => undefined;
});
afterAll(() => registry.close());

/** Misbehaves in each request to a path, or the first few. */
function misbehave(path: RegExp, fault: Fault, times = Number.POSITIVE_INFINITY, method?: string): void {
  let left = times;
  faults = (request) =>
    path.test(request.path) && (method ?? request.method) === request.method && left-- > 0
      ? fault
      : undefined;
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return isApocError(error) ? error.descriptor.name : "untyped";
  }
}

async function drain(content: Content): Promise<number> {
  let size = 0;
  for await (const chunk of content) size += chunk.length;
  return size;
}

const layer = (): Descriptor => image.manifest.layers[1] as Descriptor;

test.for([
  [
    "flipped byte",
    { body: (bytes) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) },
    "DIGEST_MISMATCH",
  ],
  ["shorter body", { body: (bytes) => bytes.subarray(1) }, "SIZE_MISMATCH"],
  ["longer body", { body: (bytes) => Buffer.concat([bytes, bytes]) }, "SIZE_MISMATCH"],
  ["empty body", { body: () => new Uint8Array(0) }, "SIZE_MISMATCH"],
  [
    "Content-Length too large",
    { headers: { "content-length": "999999" }, breakAfter: 300_000 },
    "SIZE_MISMATCH",
  ],
  ["Content-Length too small", { headers: { "content-length": "1000" } }, "SIZE_MISMATCH"],
  ["broken off", { breakAfter: 1000 }, "REGISTRY_UNREACHABLE"],
  ["gone", { status: 404 }, "NOT_FOUND"],
] as [string, Fault, string][])("a lying registry gives no layer: %s", async ([, fault, name]) => {
  misbehave(/\/blobs\/sha256/, fault);
  expect(await failure(drain(repository.fetch(layer())))).toBe(name);
});

test("a lying registry yields no manifest", async () => {
  misbehave(/\/manifests\/sha256/, { body: (bytes) => Buffer.from(bytes).reverse() });
  expect(await failure(drain(repository.fetch(image.descriptor)))).toBe("DIGEST_MISMATCH");
  misbehave(/\/manifests\//, {
    headers: { "docker-content-digest": "" },
    body: () => Buffer.alloc(5 * 1024 * 1024),
  });
  expect(await failure(repository.resolve("v1"))).toBe("DOCUMENT_TOO_LARGE");
  misbehave(/\/manifests\/v1/, { headers: { "content-length": `${5 * 1024 * 1024}` } }, 1, "HEAD");
  expect(await failure(repository.resolve("v1"))).toBe("DOCUMENT_TOO_LARGE");
  misbehave(/\/manifests\/v1/, { headers: { "docker-content-digest": layer().digest } });
  const other = await repository.resolve("v1");
  expect(await failure(drain(repository.fetch({ ...other, digest: image.descriptor.digest })))).toBe("none");
  expect(await failure(drain(repository.fetch(other)))).toBe("NOT_FOUND");
});

test("short failures are overcome by retries", async () => {
  for (const fault of [
    { status: 503 },
    { status: 429, headers: { "retry-after": "0" } },
    { disconnect: true },
  ]) {
    misbehave(/\/blobs\/sha256/, fault, 2);
    expect(await drain(repository.fetch(layer()))).toBe(layer().size);
  }
});

test("an upload continues where it broke", async () => {
  const fresh = new RemoteRepository({
    reference: `${registry.host}/b`,
    backOffMilliseconds: 1,
    chunkSize: 50_000,
  });
  const before = registry.requests.length;
  let patches = 0;
  faults = ({ method }) => (method === "PATCH" && [1, 3].includes(++patches) ? { status: 500 } : undefined);
  await fresh.push(layer(), image.target.fetch(layer()));
  expect(await drain(fresh.fetch(layer()))).toBe(layer().size);
  const statuses = registry.requests.slice(before).filter(({ method }) => method === "PATCH");
  // All in one request, and after a failure in chunks.
  expect(statuses.map(({ status }) => status)).toEqual([500, 202, 500, 202, 202, 202, 202, 202, 202]);
});

test("a chunk that arrived, but whose answer was lost, is not sent twice", async () => {
  const fresh = new RemoteRepository({
    reference: `${registry.host}/c`,
    backOffMilliseconds: 1,
    chunkSize: 50_000,
  });
  let patches = 0;
  let lost = 0;
  // The registry takes the chunk, and its answer arrives as that of a failing gateway.
  const lossy: typeof globalThis.fetch = async (input, init) => {
    if (init?.method === "PATCH" && ++patches === 1) return new Response(null, { status: 413 });
    const response = await fetch(input, init);
    if (init?.method !== "PATCH" || patches !== 3) return response;
    lost++;
    return new Response(null, { status: 502 });
  };
  const through = new RemoteRepository({
    reference: fresh.reference,
    fetch: lossy,
    backOffMilliseconds: 1,
    chunkSize: 50_000,
  });
  await through.push(layer(), image.target.fetch(layer()));
  expect([lost, await drain(fresh.fetch(layer()))]).toEqual([1, layer().size]);
});

test("wrong content is never uploaded completely, and the upload is cancelled", async () => {
  const fresh = new RemoteRepository({ reference: `${registry.host}/d`, chunkSize: 50_000 });
  const before = registry.requests.length;
  expect(await failure(fresh.push(layer(), Buffer.alloc(layer().size)))).toBe("DIGEST_MISMATCH");
  const methods = registry.requests.slice(before).map(({ method }) => method);
  expect(methods).toContain("DELETE");
  expect(methods).not.toContain("PUT");
  expect(await fresh.exists(layer())).toBe(false);
});

test("referrers: the API if there is one, else the tag", async () => {
  for (const api of [true, false]) {
    faults = (request) => {
      if (api) return undefined;
      if (request.path.includes("/referrers/")) return { status: 404 };
      return { headers: { "oci-subject": "" } };
    };
    const fresh = new RemoteRepository({ reference: `${registry.host}/referrers-${api}` });
    await copy(image.target, "latest", fresh, { tags: ["v1"] });
    const empty = Buffer.from("{}");
    const config = describeBytes(mediaTypes.empty, empty);
    await fresh.push(config, empty);
    const pushed: string[] = [];
    for (const artifactType of ["application/vnd.example.a", "application/vnd.example.b"]) {
      const bytes = encodeCanonicalJson({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        artifactType,
        config,
        layers: [config],
        subject: image.descriptor,
        annotations: { for: artifactType },
      });
      const descriptor = describeBytes(mediaTypes.manifest, bytes);
      await fresh.push(descriptor, bytes);
      await fresh.push(descriptor, bytes);
      pushed.push(descriptor.digest);
    }
    const all = await fresh.referrers(image.descriptor.digest);
    expect(all.map(({ digest }) => digest).sort()).toEqual([...pushed].sort());
    const [one, ...more] = await fresh.referrers(image.descriptor.digest, "application/vnd.example.b");
    expect([one?.digest, one?.annotations, more.length]).toEqual([
      pushed[1],
      { for: "application/vnd.example.b" },
      0,
    ]);
    expect(await fresh.referrers(layer().digest)).toEqual([]);
    const tag = await failure(fresh.resolve(image.descriptor.digest.replace(":", "-")));
    expect(tag).toBe(api ? "NOT_FOUND" : "none");
  }
});
