import { isDeepStrictEqual } from "node:util";
import {
  type Descriptor,
  encodeCanonicalJson,
  formatReference,
  isDigest,
  parseDigest,
  parseImageConfig,
  parseIndex,
  parseManifest,
  parseReference,
  parseStrictJson,
  RemoteRepository,
  sha256Digest,
} from "@apoc/oci";
import { parseCredentialFile, parseHelperOutput, parseTagList } from "@apoc/oci/testing";
import { mutateBytes } from "../attestation/fuzz-mutation.ts";
import { mutateJson, mutateText } from "../attestation/fuzz-text.ts";
import { bytesOf, type FuzzTarget, latin, target } from "../fuzz/target.ts";

const digest = sha256Digest(bytesOf("x"));
const long = `sha512:${"ab".repeat(64)}`;
const data = Buffer.from("{}").toString("base64");

const manifest = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  artifactType: "application/vnd.example",
  config: {
    mediaType: "application/vnd.oci.empty.v1+json",
    digest: sha256Digest(bytesOf("{}")),
    size: 2,
    data,
  },
  layers: [
    { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 1, annotations: { a: "b" } },
    { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: long, size: 2 ** 40 },
  ],
  subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 10 },
  annotations: { "org.example": "x" },
};
const index = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [
    {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest,
      size: 1,
      platform: { os: "linux", architecture: "arm", variant: "v7", "os.features": ["a"] },
    },
    { mediaType: "application/vnd.oci.image.index.v1+json", digest: long, size: 3, urls: ["https://x"] },
  ],
};
const config = {
  architecture: "amd64",
  os: "linux",
  created: "2026-01-01T00:00:00Z",
  config: {
    User: "1:1",
    Env: ["A=b"],
    Entrypoint: ["/x"],
    Cmd: null,
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/v": {} },
    Labels: { a: "b" },
  },
  rootfs: { type: "layers", diff_ids: [digest, long] },
  history: [{ created_by: "x" }],
};

function seeds(...documents: unknown[]): Uint8Array[] {
  return documents.map((document) => bytesOf(JSON.stringify(document)));
}

function badDescriptor(descriptors: readonly Descriptor[]): string | undefined {
  for (const { mediaType, digest: of, size, data: embedded } of descriptors) {
    if (!isDigest(of) || !Number.isSafeInteger(size) || size < 0 || !mediaType.includes("/")) return `${of}`;
    if (embedded === undefined) continue;
    const bytes = Buffer.from(embedded, "base64");
    if (bytes.length !== size || (of.startsWith("sha256") && sha256Digest(bytes) !== of)) return "other data";
  }
  return undefined;
}

/** Written again, a document reads back the same. */
function sameAgain<T>(read: (bytes: Uint8Array) => T): (value: T) => string | undefined {
  return (value) =>
    isDeepStrictEqual(read(encodeCanonicalJson(value)), value) ? undefined : "another document";
}

const lenient = { foreignLayers: "allow" } as const;

/** Documents and names. */
export const documentTargets: readonly FuzzTarget[] = [
  target({
    name: "reference",
    seeds: [
      "registry.example/a/b:v1",
      `127.0.0.1:5000/x@${digest}`,
      `localhost/a__b/c-d:t_1.x@${long}`,
      "[::1]:5000/x",
    ].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => parseReference(latin(input)),
    judge: (reference, input) => {
      if (formatReference(reference) !== latin(input)) return "another text when written";
      const { registry } = new RemoteRepository({ reference }).reference;
      const url = new URL(`https://${registry}`);
      return url.pathname === "/" && url.username === "" ? undefined : "more than a host";
    },
  }),
  target({
    name: "digest",
    seeds: [digest, long].map(bytesOf),
    mutate: (random, seed, others) =>
      random.below(4) === 0
        ? seed.map((byte, i) => (i > 6 ? (bytesOf("0123456789abcdef")[random.below(16)] ?? byte) : byte))
        : mutateBytes(random, seed, others),
    parse: (input) => parseDigest(latin(input)),
    judge: ({ algorithm, hex }, input) =>
      `${algorithm}:${hex}` === latin(input) && hex.length === (algorithm === "sha256" ? 64 : 128)
        ? undefined
        : "another digest",
  }),
  target({
    name: "strict JSON",
    seeds: [
      bytesOf('{"a":[1,{"b\\u0061":"x\\"y","c":{}}],"d":null}'),
      bytesOf(`${"[".repeat(60)}1${"]".repeat(60)}`),
    ],
    mutate: mutateText,
    parse: (input) => ({ value: parseStrictJson(input, { limit: 100_000, field: "x" }) }),
    judge: ({ value }, input) =>
      isDeepStrictEqual(value, JSON.parse(new TextDecoder().decode(input))) ? undefined : "another value",
  }),
  target({
    name: "canonical JSON",
    seeds: seeds({ b: [1, 0.5, -1e21, "é\n\u2028", null, true], a: { z: {}, y: [[]] } }),
    mutate: mutateJson,
    parse: (input) => ({ value: parseStrictJson(input, { limit: 100_000, field: "x" }) }),
    judge: ({ value }) => {
      const bytes = encodeCanonicalJson(value);
      const again = parseStrictJson(bytes, { limit: 200_000, field: "x" });
      return Buffer.from(encodeCanonicalJson(again)).equals(bytes) ? undefined : "not stable";
    },
  }),
  target({
    name: "manifest",
    seeds: seeds(manifest),
    mutate: mutateJson,
    parse: (input) => parseManifest(input),
    judge: (value) =>
      badDescriptor([value.config, ...value.layers]) ?? sameAgain((bytes) => parseManifest(bytes))(value),
  }),
  target({
    name: "index",
    seeds: seeds(index, { ...index, subject: manifest.subject }),
    mutate: mutateJson,
    parse: (input) => parseIndex(input, lenient),
    judge: (value) =>
      badDescriptor(value.manifests) ?? sameAgain((bytes) => parseIndex(bytes, lenient))(value),
  }),
  target({
    name: "image config",
    seeds: seeds(config),
    mutate: mutateJson,
    parse: (input) => parseImageConfig(input),
    judge: (value) =>
      value.rootfs.diff_ids.every(isDigest)
        ? sameAgain((bytes) => parseImageConfig(bytes))(value)
        : "diff_ids",
  }),
  target({
    name: "tag list",
    seeds: seeds({ name: "a/b", tags: ["v1", "latest", "x_1.y-z"] }, { name: "a", tags: null }),
    mutate: mutateJson,
    parse: (input) => parseTagList(input, "x"),
    judge: (tags) => (tags.every((tag) => /^\w[\w.-]{0,127}$/.test(tag)) ? undefined : "no tag"),
  }),
  target({
    name: "docker config.json",
    seeds: seeds({
      auths: {
        "registry.example": { auth: Buffer.from("u:p").toString("base64"), email: "x" },
        "https://index.docker.io/v1/": { identitytoken: "t", username: "u", password: "p" },
      },
      credHelpers: { "gcr.example": "gcr" },
      credsStore: "pass",
      HttpHeaders: { a: "b" },
    }),
    mutate: mutateJson,
    parse: (input) => parseCredentialFile(input, "x"),
    judge: ({ auths, credHelpers, credsStore }) => {
      const texts = [...auths.values()].flatMap((entry) => Object.values(entry) as unknown[]);
      if (!texts.every((text) => typeof text === "string")) return "no text";
      const helpers = [...credHelpers.values(), credsStore ?? "x"];
      return helpers.every((name) => !/[/\\\s]/.test(name) && !name.startsWith("-")) ? undefined : "a path";
    },
  }),
  target({
    name: "helper output",
    seeds: seeds({ ServerURL: "x", Username: "u", Secret: "p" }, { Username: "<token>", Secret: "t" }),
    mutate: mutateJson,
    parse: (input) => parseHelperOutput(input, "x"),
    judge: (value) =>
      Object.values(value).every((text) => typeof text === "string") ? undefined : "no text",
  }),
];
