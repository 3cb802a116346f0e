import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Descriptor, encodeCanonicalJson, mediaTypes, readAll, sha256Digest } from "@apoc/oci";
import { openArchive } from "@apoc/oci/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeBytes, drain, failure } from "./hostile-server.ts";

const digest = sha256Digest(Buffer.from("x"));
const layer = { mediaType: mediaTypes.layerTar, digest, size: 1 };
const config = { mediaType: mediaTypes.config, digest, size: 2 };
const base = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const image = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digest] } };
const text = (document: unknown) => Buffer.from(JSON.stringify(document));

/** One entry of a tar, with header fields as an attacker writes them. */
function entry(
  name: string,
  content: Uint8Array,
  fields: { type?: string; link?: string; size?: string } = {},
): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write(`${fields.size ?? content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(fields.type ?? "0", 156);
  header.write(fields.link ?? "", 157);
  header.write("ustar\x0000", 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}

describe("archives", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "apoc-hostile-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const marker = entry("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  const index = entry("index.json", text({ schemaVersion: 2, manifests: [] }));
  const x = Buffer.from("x");
  const open = async (...parts: Uint8Array[]) => {
    const file = join(directory, "archive.tar");
    await writeFile(file, Buffer.concat(parts));
    return openArchive(file);
  };

  test.for([
    ["an absolute path", [entry("/etc/passwd", x)], "ARCHIVE_UNSAFE"],
    ["a path that leaves", [entry("blobs/../../x", x)], "ARCHIVE_UNSAFE"],
    ["a path that goes up inside", [entry("blobs/../index.json", x)], "ARCHIVE_UNSAFE"],
    ["no path", [entry("", x)], "ARCHIVE_UNSAFE"],
    [
      "a link to the machine",
      [entry("index.json", Buffer.alloc(0), { type: "2", link: "/etc/passwd" })],
      "ARCHIVE_UNSAFE",
    ],
    [
      "a link that leaves",
      [entry("index.json", Buffer.alloc(0), { type: "2", link: "../../etc/passwd" })],
      "ARCHIVE_UNSAFE",
    ],
    [
      "a hard link that leaves",
      [entry("index.json", Buffer.alloc(0), { type: "1", link: "../x" })],
      "ARCHIVE_UNSAFE",
    ],
    [
      "links in a circle",
      [marker, entry("index.json", Buffer.alloc(0), { type: "2", link: "index.json" })],
      "ARCHIVE_INVALID",
    ],
    ["an index twice", [marker, index, index], "ARCHIVE_INVALID"],
    ["a size beyond its end", [entry("x", x, { size: "77777777777" })], "ARCHIVE_INVALID"],
    ["a size that is none", [entry("x", x, { size: "9zz" })], "ARCHIVE_INVALID"],
    [
      "a long name of megabytes",
      [entry("x", Buffer.alloc(2 * 1024 * 1024, "a"), { type: "L" })],
      "ARCHIVE_INVALID",
    ],
    ["a pax record that is none", [entry("x", Buffer.from("99 path=x\n"), { type: "x" })], "ARCHIVE_INVALID"],
    ["a wrong checksum", [Buffer.concat([entry("x", x)]).fill(1, 0, 1)], "ARCHIVE_INVALID"],
    [
      "too many entries",
      [Buffer.concat(Array.from({ length: 20_002 }, () => entry("x", Buffer.alloc(0))))],
      "ARCHIVE_INVALID",
    ],
    ["nothing in it", [Buffer.alloc(1024)], "ARCHIVE_INVALID"],
    ["compression over all", [gzipSync(Buffer.concat([marker, index]))], "ARCHIVE_COMPRESSED"],
    ["an index that is none", [marker, entry("index.json", x)], "JSON_INVALID"],
    ["docker's list without images", [entry("manifest.json", Buffer.from("[]"))], "ARCHIVE_INVALID"],
    ["docker's list of text", [entry("manifest.json", Buffer.from('["x"]'))], "ARCHIVE_INVALID"],
    [
      "docker's config outside",
      [entry("manifest.json", text([{ Config: "../c", Layers: [] }]))],
      "ARCHIVE_INVALID",
    ],
    [
      "docker's layers without diffIDs",
      [
        entry("manifest.json", text([{ Config: "c", Layers: ["l", "l"] }])),
        entry("c", text(image)),
        entry("l", x),
      ],
      "ARCHIVE_INVALID",
    ],
    [
      "docker's layer of another diffID",
      [
        entry("manifest.json", text([{ Config: "c", Layers: ["l"] }])),
        entry("c", text(image)),
        entry("l", Buffer.from("y")),
      ],
      "DIFF_ID_MISMATCH",
    ],
  ] as [string, Buffer[], string][])("an archive with %s", async ([, parts, code]) => {
    expect(await failure(open(...parts))).toBe(code);
  });

  test("an archive that is truncated at any block is refused, or has no image", async () => {
    const manifest = encodeCanonicalJson({ ...base, config: describeBytes(text(image), mediaTypes.config) });
    const described = describeBytes(manifest, mediaTypes.manifest);
    const list = text({ schemaVersion: 2, manifests: [described] });
    const whole = Buffer.concat([
      marker,
      entry(`blobs/${described.digest.replace(":", "/")}`, manifest),
      entry("index.json", list),
    ]);
    // What is missing of the padding is missed by nobody.
    const end = whole.length - ((512 - (list.length % 512)) % 512);
    expect(await failure(open(whole).then((archive) => readAll(archive, described)))).toBe("none");
    for (let length = 0; length < end; length += 256) {
      const found = open(whole.subarray(0, length)).then((archive) => readAll(archive, described));
      expect(await failure(found), `${length}`).toBe("ARCHIVE_INVALID");
    }
  });

  test("bytes in an archive that do not match their digest are not returned", async () => {
    const blob = entry(`blobs/${digest.replace(":", "/")}`, Buffer.from("y"));
    const archive = await open(marker, index, blob);
    expect(await failure(drain(archive.fetch(layer as Descriptor)))).toBe("DIGEST_MISMATCH");
    expect(await failure(drain(archive.fetch({ ...layer, size: 2 } as Descriptor)))).toBe("SIZE_MISMATCH");
    expect(await failure(drain(archive.fetch(describeBytes(Buffer.from("z")))))).toBe("NOT_FOUND");
  });
});
