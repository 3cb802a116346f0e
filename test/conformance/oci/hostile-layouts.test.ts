import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, openLayout } from "@apoc/oci/node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { describeBytes, drain, failure } from "./hostile-server.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "apoc-hostile-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("a layout", () => {
  let layout: Layout;
  const large = Buffer.alloc(6_000_000, "large");
  const blob = describeBytes(large);
  const place = () => join(layout.directory, "blobs", blob.digest.replace(":", "/"));
  let layouts = 0;
  beforeEach(async () => {
    layout = await openLayout(join(directory, `layout-${layouts++}`), { create: true });
    await layout.push(blob, large);
  });

  test.for([
    ["is changed", (path: string) => writeFile(path, Buffer.alloc(large.length, "other")), "DIGEST_MISMATCH"],
    ["is cut off", (path: string) => truncate(path, 1000), "SIZE_MISMATCH"],
    ["has grown", (path: string) => truncate(path, large.length + 1), "SIZE_MISMATCH"],
    ["is gone", (path: string) => rm(path), "NOT_FOUND"],
    ["is a folder", (path: string) => rm(path).then(() => mkdir(path)), "NOT_FOUND"],
    [
      "is a link elsewhere",
      (path: string) => rm(path).then(() => symlink("/proc/self/environ", path)),
      "SIZE_MISMATCH",
    ],
  ] as [string, (path: string) => Promise<void>, string][])("whose blob %s", async ([name, harm, code]) => {
    await harm(place());
    expect(await failure(drain(layout.fetch(blob)))).toBe(code);
    expect(await layout.exists(blob)).toBe(false);
    if (name === "is a folder") return;
    await layout.push(blob, large);
    expect(await drain(layout.fetch(blob))).toBe(large.length);
  });

  test("a wrong partial blob is dropped, and its replacement is verified", async () => {
    await rm(place());
    await mkdir(join(layout.directory, ".partial"), { recursive: true });
    const left = `sha256-${blob.digest.slice(7)}.left.0.abc`;
    await writeFile(join(layout.directory, ".partial", left), Buffer.alloc(2_000_000, "wrong"));
    const part = await layout.interrupted?.(blob);
    expect(part?.size).toBe(2_000_000);
    const source = {
      async *fetchRest() {
        yield large.subarray(2_000_000);
      },
    };
    expect(await failure(part?.finish(source) ?? Promise.resolve())).toBe("DIGEST_MISMATCH");
    expect(await layout.exists(blob)).toBe(false);
    expect(await layout.interrupted?.(blob)).toBeUndefined();
  });

  test.for([
    ["no index.json", (path: string) => rm(path), "LAYOUT_INVALID"],
    ["an index.json that is none", (path: string) => writeFile(path, "x"), "JSON_INVALID"],
    [
      "an index.json of keys twice",
      (path: string) => writeFile(path, '{"schemaVersion":2,"manifests":[],"manifests":[]}'),
      "JSON_DUPLICATE_KEY",
    ],
    ["a huge index.json", (path: string) => writeFile(path, " ".repeat(5_000_000)), "DOCUMENT_TOO_LARGE"],
  ] as [string, (path: string) => Promise<void>, string][])("with %s", async ([, harm, code]) => {
    await harm(join(layout.directory, "index.json"));
    expect(await failure(layout.resolve("v1"))).toBe(code);
  });

  test("of another version", async () => {
    await writeFile(join(layout.directory, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    expect(await failure(openLayout(layout.directory))).toBe("LAYOUT_INVALID");
    await rename(join(layout.directory, "oci-layout"), join(layout.directory, "x"));
    expect(await failure(openLayout(layout.directory))).toBe("LAYOUT_INVALID");
  });
});
