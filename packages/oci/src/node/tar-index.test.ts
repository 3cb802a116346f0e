import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeCanonicalJson, mediaTypes, sha256Digest } from "../index.ts";
import { failure, gather } from "../sample-image.test.data.ts";
import { openArchive, openSource } from "./index.ts";
import { readTarIndex } from "./tar-index.ts";

type Entry = Partial<Header> & { name: string; pax?: Record<string, string> } & {
  content?: string | Uint8Array;
};

let directory: string;
let count = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "apoc-oci-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function tar(
  entries: readonly Entry[],
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<string> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header as Header, Buffer.from(content ?? ""));
  archive.finalize();
  const file = join(directory, `${count++}.tar`);
  await writeFile(file, change(await gather(archive as AsyncIterable<Uint8Array>)));
  return file;
}

test("files are found by offset, long names and the later of two included", async () => {
  const long = `${"d/".repeat(120)}file`;
  const file = await tar([
    { name: "./a", content: "first" },
    { name: "a", content: "second" },
    { name: "dir", type: "directory" },
    { name: long, content: "deep" },
    { name: "b", type: "symlink", linkname: "dir/../a" },
    { name: "c", type: "link", linkname: "b" },
    { name: "loop", type: "symlink", linkname: "loop" },
  ]);
  const files = await readTarIndex(file);
  expect([...files.keys()]).toEqual(["a", long, "b", "c"]);
  expect(files.get("c")).toEqual(files.get("a"));
  expect(files.get("a")?.size).toBe(6);
});

test.for([
  ["parent", [{ name: "../evil", content: "x" }]],
  ["parent inside", [{ name: "a/../../evil", content: "x" }]],
  ["absolute", [{ name: "/etc/passwd", content: "x" }]],
  ["long name", [{ name: `${"a/".repeat(100)}../${"../".repeat(110)}evil`, content: "x" }]],
  ["pax path", [{ name: "ok", content: "x", pax: { path: "../evil" } }]],
  ["symlink out", [{ name: "a", type: "symlink", linkname: "../../etc/passwd" }]],
  ["absolute symlink", [{ name: "a", type: "symlink", linkname: "/etc/passwd" }]],
  ["hard link out", [{ name: "a", type: "link", linkname: "../x" }]],
] as const)("a path that leaves the archive is refused: %s", async ([, entries]) => {
  expect(await failure(readTarIndex(await tar(entries as unknown as Entry[])))).toBe("ARCHIVE_UNSAFE");
});

test.for([
  ["truncated", (bytes: Buffer) => bytes.subarray(0, 700)],
  ["wrong checksum", (bytes: Buffer) => (bytes.write("9", 0), bytes)],
  ["size beyond the end", (bytes: Buffer) => (bytes.write("77777777777", 124), checksum(bytes))],
  ["no octal size", (bytes: Buffer) => (bytes.write("0000000x000", 124), checksum(bytes))],
  [
    "base-256 size beyond the end",
    (bytes: Buffer) => (bytes.writeUInt8(0x80, 124), bytes.fill(255, 129, 136), checksum(bytes)),
  ],
] as const)("a damaged archive is refused: %s", async ([, change]) => {
  const file = await tar([{ name: "a", content: "x".repeat(1000) }], change);
  expect(await failure(readTarIndex(file))).toBe("ARCHIVE_INVALID");
});

function checksum(bytes: Buffer): Buffer {
  bytes.write("        ", 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

function dockerArchive(change: { config?: object; manifest?: unknown } = {}): Entry[] {
  const layers = [Buffer.from("first layer"), Buffer.from("second layer")];
  const config = encodeCanonicalJson({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [...layers, layers[0] as Buffer].map(sha256Digest) },
    ...change.config,
  });
  const manifest = change.manifest ?? [
    {
      Config: "config.json",
      RepoTags: ["registry.example/x:v1", "registry.example/x:v2"],
      Layers: ["one/layer.tar", "two/layer.tar", "three/layer.tar"],
    },
  ];
  return [
    { name: "config.json", content: config },
    { name: "one/layer.tar", content: layers[0] as Buffer },
    { name: "two/layer.tar", content: layers[1] as Buffer },
    { name: "three/layer.tar", type: "symlink", linkname: "../one/layer.tar" },
    { name: "manifest.json", content: JSON.stringify(manifest) },
  ];
}

test("docker save with a linked layer is presented as OCI", async () => {
  const file = await tar(dockerArchive());
  const archive = await openArchive(file);
  expect(archive.format).toBe("docker");
  const descriptor = await archive.resolve("v2");
  expect(await archive.resolve("registry.example/x:v1")).toEqual(descriptor);
  const manifest = JSON.parse((await gather(archive.fetch(descriptor))).toString()) as { layers: never[] };
  const contents = [];
  for (const layer of manifest.layers) contents.push((await gather(archive.fetch(layer))).toString());
  expect(contents).toEqual(["first layer", "second layer", "first layer"]);
  const { source, reference, transport } = await openSource(`docker-archive:${file}`);
  expect([(await source.resolve(reference)).digest, transport]).toEqual([
    descriptor.digest,
    "docker-archive",
  ]);
});

test("a docker archive that does not fit together is refused", async () => {
  const wrong = { rootfs: { type: "layers", diff_ids: Array(3).fill(sha256Digest(Buffer.from("other"))) } };
  expect(await failure(openArchive(await tar(dockerArchive({ config: wrong }))))).toBe("DIFF_ID_MISMATCH");
  const fewer = { rootfs: { type: "layers", diff_ids: [] } };
  expect(await failure(openArchive(await tar(dockerArchive({ config: fewer }))))).toBe("ARCHIVE_INVALID");
  for (const manifest of [
    [],
    {},
    [null],
    [{ Config: "config.json", Layers: ["missing"] }],
    [{ Layers: [] }],
  ]) {
    expect(await failure(openArchive(await tar(dockerArchive({ manifest }))))).toBe("ARCHIVE_INVALID");
  }
});

test("other files are refused, compressed ones with the command that helps", async () => {
  expect(await failure(openArchive(await tar([{ name: "a", content: "x" }])))).toBe("ARCHIVE_INVALID");
  expect(await failure(openArchive(join(directory, "missing")))).toBe("NOT_FOUND");
  const file = await tar([], (bytes) => gzipSync(bytes));
  await expect(openArchive(file)).rejects.toMatchObject({
    next: { action: "decompress-gzip", subject: file },
  });
});

test("a blob of an archive that was changed is not given out whole", async () => {
  const file = await tar([
    { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: `blobs/sha256/${"0".repeat(64)}`, content: "x" },
    {
      name: "index.json",
      content: encodeCanonicalJson({
        schemaVersion: 2,
        manifests: [{ mediaType: mediaTypes.manifest, digest: `sha256:${"0".repeat(64)}`, size: 1 }],
      }),
    },
  ]);
  const { source, reference } = await openSource(file);
  const descriptor = await source.resolve(reference);
  expect(await failure(gather(source.fetch(descriptor)))).toBe("DIGEST_MISMATCH");
});
