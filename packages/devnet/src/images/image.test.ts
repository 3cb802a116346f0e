import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isApocError } from "@apoc/errors";
import { extract } from "tar-stream";
import { expect, onTestFinished, test } from "vitest";
import { devnetErrors } from "../errors.ts";
import { buildImage, composeImage, isStaticExecutable, layerTar, type ImageRecipe } from "./index.ts";

const recipe: ImageRecipe = {
  architecture: "amd64",
  files: [
    { path: "/www/index.html", content: "hello" },
    { path: "/bin/tool", mode: 0o755, content: new Uint8Array([1, 2, 3]) },
    { path: "/bin/alias", link: "tool" },
    { path: "/data", directory: true, mode: 0o700, uid: 1000, gid: 1000 },
  ],
  config: { entrypoint: ["/bin/tool"], env: ["A=b"], exposedPorts: [8080], volumes: ["/data"] },
};

const sha256 = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "apoc-image-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

test("the layout holds every blob under its digest, and diff_ids name the uncompressed layers", async () => {
  const directory = await temporaryDirectory();
  const image = await buildImage(recipe, directory, "v1");
  const blob = (digest: string) => readFile(join(directory, "blobs/sha256", digest.slice(7)));
  const index = JSON.parse(await readFile(join(directory, "index.json"), "utf8"));
  expect(index.manifests[0].annotations["org.opencontainers.image.ref.name"]).toBe("v1");
  const manifestBytes = await blob(index.manifests[0].digest);
  expect(sha256(manifestBytes)).toBe(image.descriptor.digest);
  const manifest = JSON.parse(manifestBytes.toString());
  const config = JSON.parse((await blob(manifest.config.digest)).toString());
  const layer = await blob(manifest.layers[0].digest);
  expect(layer.length).toBe(manifest.layers[0].size);
  expect(sha256(gunzipSync(layer))).toBe(config.rootfs.diff_ids[0]);
  expect(config.config).toEqual({
    Entrypoint: ["/bin/tool"],
    Env: ["A=b"],
    ExposedPorts: { "8080/tcp": {} },
    Volumes: { "/data": {} },
  });
});

test("equal recipes give equal digests, in whatever order the files are named", async () => {
  const one = await composeImage(recipe);
  const two = await composeImage({ ...recipe, files: recipe.files.toReversed() });
  expect(two.descriptor).toEqual(one.descriptor);
  const other = await composeImage({ ...recipe, config: { entrypoint: ["/bin/alias"] } });
  expect(other.descriptor.digest).not.toBe(one.descriptor.digest);
  expect(other.layers[0]?.descriptor).toEqual(one.layers[0]?.descriptor);
});

test("a base contributes its layers, unchanged and first", async () => {
  const base = await composeImage(recipe);
  const image = await composeImage({ base, files: [{ path: "/x", content: "y" }] });
  expect(image.layers.length).toBe(2);
  expect(image.layers[0]).toEqual(base.layers[0]);
  expect(image.parsedConfig.rootfs.diff_ids).toEqual(image.layers.map(({ diffId }) => diffId));
});

test("entries carry mode, owner and link target; parents appear before children", async () => {
  const seen: [string, string, number, number, string | null][] = [];
  const reader = extract();
  reader.end(await layerTar(recipe.files));
  for await (const entry of reader) {
    const { name, type, mode, uid, linkname } = entry.header;
    seen.push([name, String(type), mode ?? -1, uid ?? -1, linkname ?? null]);
    entry.resume();
  }
  expect(seen).toEqual([
    ["bin/", "directory", 0o755, 0, null],
    ["bin/alias", "symlink", 0o777, 0, "tool"],
    ["bin/tool", "file", 0o755, 0, null],
    ["data/", "directory", 0o700, 1000, null],
    ["www/", "directory", 0o755, 0, null],
    ["www/index.html", "file", 0o644, 0, null],
  ]);
});

test.each([
  { path: "relative", content: "" },
  { path: "/a/../b", content: "" },
  { path: "/a//b", content: "" },
  { path: "/a" },
  { path: "/a", content: "", link: "b" },
  { path: "/a", content: "", mode: 0o10000 },
])("refuses %j", async (file) => {
  const error = await layerTar([file]).catch((caught: unknown) => caught);
  expect(isApocError(error, devnetErrors.IMAGE_FILE_INVALID)).toBe(true);
});

test("a dynamic executable, a script and a missing file are not static executables", async () => {
  const directory = await temporaryDirectory();
  const script = join(directory, "script");
  await writeFile(script, "#!/bin/sh\n".padEnd(200));
  expect(await isStaticExecutable(script)).toBe(false);
  expect(await isStaticExecutable(join(directory, "none"))).toBe(false);
  expect(await isStaticExecutable(process.execPath)).toBe(false);
});
