import { expect, test } from "vitest";
import { encodeCanonicalJson, mediaTypes, parseImageConfig, parseIndex, parseManifest } from "./index.ts";
import { parseStrictJson } from "./json-document.ts";

const digest = `sha256:${"0".repeat(64)}`;
const part = (change: object = {}) => ({ mediaType: mediaTypes.layerGzip, digest, size: 1, ...change });
const manifest = (change: object = {}) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: part({ mediaType: mediaTypes.config }),
  layers: [part()],
  ...change,
});
const index = (change: object = {}) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.index,
  manifests: [part({ mediaType: mediaTypes.manifest, platform: { os: "linux", architecture: "amd64" } })],
  ...change,
});
const config = (change: object = {}) => ({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [digest] },
  ...change,
});
const bytes = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const code = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return (error as { descriptor?: { name: string } }).descriptor?.name ?? String(error);
  }
  return "none";
};

test("well-formed documents pass and unknown members stay", () => {
  expect(parseManifest(bytes(manifest({ more: 1 })))).toMatchObject({ more: 1, layers: [{ size: 1 }] });
  expect(parseIndex(bytes(index({ mediaType: undefined }))).manifests.length).toBe(1);
  expect(parseImageConfig(bytes(config({ config: { Env: ["A=b"], Entrypoint: null } }))).os).toBe("linux");
});

test.for([
  ["JSON_INVALID", "{"],
  ["JSON_INVALID", "\ufeff{}"],
  ["JSON_INVALID", `${"[".repeat(65)}${"]".repeat(65)}`],
  ["JSON_DUPLICATE_KEY", '{"schemaVersion":2,"schemaVersion":2}'],
  ["JSON_DUPLICATE_KEY", '{"a":{"layers":[],"l\\u0061yers"   :[]}}'],
  ["DOCUMENT_INVALID", "[]"],
  ["DOCUMENT_INVALID", "null"],
  ["DOCUMENT_INVALID", manifest({ schemaVersion: 1 })],
  ["DOCUMENT_INVALID", manifest({ mediaType: mediaTypes.index })],
  ["DOCUMENT_INVALID", manifest({ manifests: [] })],
  ["DOCUMENT_INVALID", manifest({ config: undefined })],
  ["DOCUMENT_INVALID", manifest({ layers: {} })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ size: -1 })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ size: 1.5 })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ size: 2 ** 53 })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ size: "1" })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ digest: "sha256:0" })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ mediaType: "x" })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [part({ annotations: { a: 1 } })] })],
  ["DOCUMENT_INVALID", manifest({ layers: [null] })],
  ["DOCUMENT_INVALID", manifest({ annotations: [] })],
  ["DOCUMENT_INVALID", manifest({ subject: {} })],
  ["TOO_MANY_LAYERS", manifest({ layers: Array(501).fill(part()) })],
  ["FOREIGN_LAYER", manifest({ layers: [part({ urls: ["https://registry.example/x"] })] })],
  [
    "FOREIGN_LAYER",
    manifest({ layers: [part({ mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" })] }),
  ],
  [
    "FOREIGN_LAYER",
    manifest({ layers: [part({ mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar" })] }),
  ],
  ["DOCUMENT_TOO_LARGE", manifest({ annotations: { a: "x".repeat(4 * 1024 * 1024) } })],
] as const)("a manifest is refused: %s", ([name, document]) => {
  expect(code(() => parseManifest(bytes(document)))).toBe(name);
});

test.for([
  ["DOCUMENT_INVALID", index({ layers: [] })],
  ["DOCUMENT_INVALID", index({ config: part() })],
  ["DOCUMENT_INVALID", index({ manifests: Array(1001).fill(part()) })],
  ["DOCUMENT_INVALID", index({ manifests: [part({ platform: { os: "linux" } })] })],
] as const)("an index is refused: %s", ([name, document]) => {
  expect(code(() => parseIndex(bytes(document)))).toBe(name);
});

test.for([
  ["DOCUMENT_INVALID", config({ os: undefined })],
  ["DOCUMENT_INVALID", config({ rootfs: { type: "other", diff_ids: [] } })],
  ["DOCUMENT_INVALID", config({ rootfs: { type: "layers", diff_ids: ["x"] } })],
  ["DOCUMENT_INVALID", config({ config: { Entrypoint: "sh" } })],
  ["DOCUMENT_INVALID", config({ config: { Env: [1] } })],
  ["DOCUMENT_INVALID", config({ config: { Labels: { a: 1 } } })],
  ["TOO_MANY_LAYERS", config({ rootfs: { type: "layers", diff_ids: Array(501).fill(digest) } })],
  ["DOCUMENT_TOO_LARGE", config({ author: "x".repeat(8 * 1024 * 1024) })],
] as const)("a config is refused: %s", ([name, document]) => {
  expect(code(() => parseImageConfig(bytes(document)))).toBe(name);
});

test.for([
  ["rootfs", { RootFS: { type: "layers", diff_ids: [digest] } }],
  ["rootfs", { "rootf\u017f": { type: "layers", diff_ids: [digest] } }],
  ["config", { Config: { Entrypoint: ["/bin/sh"] } }],
  ["os", { OS: "linux" }],
  ["rootfs.diff_ids", { rootfs: { type: "layers", diff_ids: [digest], DIFF_IDS: [digest] } }],
  ["config.Entrypoint", { config: { Entrypoint: ["/app"], entrypoint: ["/bin/sh"] } }],
  ["config.Env", { config: { env: ["LD_PRELOAD=/x"] } }],
] as const)("a config whose %s an engine would read elsewhere is refused", ([member, change]) => {
  expect(() => parseImageConfig(bytes(config(change)))).toThrowError(
    expect.objectContaining({ code: "APOC-1023", field: `config.${member}` }),
  );
});

test.for([
  ["layers", manifest({ Layers: [part()] })],
  ["config", manifest({ CONFIG: part() })],
  ["annotations", manifest({ Annotations: {} })],
  ["layers[0].digest", manifest({ layers: [part({ Digest: digest })] })],
  ["layers[0].urls", manifest({ layers: [part({ URLs: ["https://registry.example/x"] })] })],
] as const)("a manifest whose %s an engine would read elsewhere is refused", ([member, document]) => {
  expect(() => parseManifest(bytes(document))).toThrowError(
    expect.objectContaining({ code: "APOC-1023", field: `manifest.${member}` }),
  );
});

test("free names may differ in case only", () => {
  const maps = { Labels: { Os: "1", os: "2", entrypoint: "x" }, Volumes: { "/Data": {}, "/data": {} } };
  expect(parseImageConfig(bytes(config({ config: maps }))).config).toEqual(maps);
  const annotations = { Layers: "1", layers: "2" };
  expect(parseManifest(bytes(manifest({ annotations }))).annotations).toEqual(annotations);
});

test("foreign layers pass where they are allowed, with checked addresses", () => {
  const foreign = manifest({ layers: [part({ urls: ["https://registry.example/x"] })] });
  expect(parseManifest(bytes(foreign), { foreignLayers: "allow" }).layers[0]?.urls?.length).toBe(1);
  const broken = manifest({ layers: [part({ urls: [1] })] });
  expect(code(() => parseManifest(bytes(broken), { foreignLayers: "allow" }))).toBe("DOCUMENT_INVALID");
});

test("repeated names in different objects are no duplicates", () => {
  const text = '{"a":{"x":1},"b":{"x":"\\"x\\":"},"c":[{"x":1},{"x":1}]}';
  expect(parseStrictJson(bytes(text), { limit: 100, field: "x" })).toEqual(JSON.parse(text));
});

test("numbers that no double can hold are refused", () => {
  const read = (text: string) => parseStrictJson(Buffer.from(text), { limit: 1000, field: "x" });
  for (const text of ["1e999", "[-1E+400]", `{"a":${"9".repeat(400)}}`]) {
    expect(code(() => read(text))).toBe("JSON_INVALID");
  }
  expect(read('[1e3, -0.5e-2, 12, "1e999"]')).toEqual([1000, -0.005, 12, "1e999"]);
});

test("invalid UTF-8 is refused", () => {
  expect(code(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]), { limit: 10, field: "x" }))).toBe(
    "JSON_INVALID",
  );
});

test("canonical bytes do not depend on the order of members", () => {
  const encode = (value: unknown) => Buffer.from(encodeCanonicalJson(value)).toString();
  expect(encode({ b: 1, a: [{ d: undefined, c: "é\n" }] })).toBe('{"a":[{"c":"é\\n"}],"b":1}');
  expect(encode({ a: 1, B: 2 })).toBe('{"B":2,"a":1}');
  expect(encode({ a: 0.5 })).toBe('{"a":0.5}');
  expect(() => encodeCanonicalJson({ a: Number.NaN })).toThrow(TypeError);
});
