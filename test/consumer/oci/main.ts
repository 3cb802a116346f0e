/**
 * A program of somebody who installed @apoc/oci, for browsers and Node: no type or module of Node is used.
 * scripts/packages.sh compiles it against the packed package and runs it.
 */
import {
  type CallOptions,
  type Content,
  copy,
  type CopyEvent,
  createHasher,
  type CredentialSource,
  type Descriptor,
  type Digest,
  encodeCanonicalJson,
  formatReference,
  type ImageConfig,
  isDigest,
  type Manifest,
  MemoryTarget,
  mediaTypes,
  ociErrors,
  parseImageConfig,
  parseManifest,
  parseReference,
  readAll,
  type Reference,
  RemoteRepository,
  type RemoteRepositoryOptions,
  resolvePlatform,
  sha256Digest,
  type Source,
  type Target,
  verifyContent,
} from "@apoc/oci";

function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

const describe = (mediaType: string, bytes: Uint8Array): Descriptor => ({
  mediaType,
  digest: sha256Digest(bytes),
  size: bytes.length,
});
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function image(target: Target, tag: string): Promise<Descriptor> {
  const layer = text("layer");
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [sha256Digest(layer)] },
  };
  const configBytes = encodeCanonicalJson(config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(mediaTypes.config, configBytes),
    layers: [describe(mediaTypes.layerTar, layer)],
  };
  const bytes = encodeCanonicalJson(manifest);
  const root = describe(mediaTypes.manifest, bytes);
  const [first] = manifest.layers;
  assert(first !== undefined, "a layer");
  await target.push(first, layer);
  await target.push(manifest.config, configBytes);
  await target.push(root, bytes);
  await target.tag(root, tag);
  return root;
}

const source = new MemoryTarget();
const root = await image(source, "v1");
const events: CopyEvent["kind"][] = [];
const target: Target = new MemoryTarget();
const options: CallOptions = { signal: AbortSignal.timeout(10_000) };
const result = await copy(source, "v1", target, {
  ...options,
  tags: ["copy"],
  platform: { os: "linux", architecture: "amd64" },
  referrers: true,
  onProgress: ({ kind }) => events.push(kind),
});
assert(result.copied === 3 && result.root.digest === root.digest, "three pieces");
assert(events.includes("progress") && events.includes("copied"), "events");

const reader: Source = target;
const found = await resolvePlatform(reader, await reader.resolve("copy"), {
  os: "linux",
  architecture: "amd64",
});
const manifest = parseManifest(await readAll(reader, found));
const config = parseImageConfig(await readAll(reader, manifest.config));
const diffId: Digest | undefined = config.rootfs.diff_ids[0];
assert(diffId === manifest.layers[0]?.digest, "the layer is plain");

const wrong: Content = verifyContent(describe("", text("a")), text("b"));
let code: string | undefined;
try {
  for await (const _ of wrong) throw new Error("a byte of another digest");
} catch (error) {
  code = (error as { code?: string }).code;
}
assert(code === ociErrors.DIGEST_MISMATCH.code, "bytes that do not have their digest are not given");

const reference: Reference = parseReference(`registry.example/a/b:v1@${root.digest}`);
assert(formatReference(reference).endsWith(root.digest) && isDigest(root.digest), "a reference");
const credentials: CredentialSource = async () => ({ username: "user", password: "password" });
const remoteOptions: RemoteRepositoryOptions = { reference, credentials, onWarning: () => undefined };
const remote = new RemoteRepository(remoteOptions);
assert(remote.reference.registry === "registry.example", "a repository");
const hasher = createHasher("sha512");
hasher.update(text("x"));
assert(hasher.digest().startsWith("sha512:"), "sha512");
