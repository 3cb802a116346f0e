import { createHash } from "node:crypto";
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { ApocError, isApocError } from "@apoc/errors";
import { pack, type Pack } from "tar-stream";
import { z } from "zod";
import { providerErrors } from "../../errors.ts";
import type { LoadableImage } from "./loadable-image.ts";
import { refusedWith, type EngineClient } from "./engine-client.ts";
import { parseAnswer } from "./engine-socket.ts";

/** Part of the answer to `GET /images/{name}/json`. */
const imageAnswer = z.object({
  Id: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  RootFS: z.object({ Layers: z.array(z.string()).nullish() }),
  Config: z
    .object({
      Entrypoint: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
      WorkingDir: z.string().nullish(),
      User: z.string().nullish(),
      Volumes: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

const listAnswer = z.array(z.object({ RepoTags: z.array(z.string()).nullish() }));

/**
 * Feeds an image to the engine under `tag` and returns the engine's id for it. The id must be the digest of the
 * config, which pins the entrypoint, and the layers those of the config. An engine that names images by manifest
 * (Docker's containerd store) is asked for what it holds instead, and that is compared with the config. Throws
 * `IMAGE_LOAD_FAILED`, `IMAGE_LOAD_MISMATCH`.
 */
export async function loadImage(client: EngineClient, image: LoadableImage, tag: string): Promise<string> {
  let broken: unknown;
  const archive = dockerArchive(image, tag, (error) => (broken = error));
  const answer = await client
    .upload("/images/load", archive, { query: { quiet: true }, timeout: 600_000 })
    // Bytes that fail while they are read say more than the request that broke off for it.
    .catch((error: unknown) => {
      if (broken !== undefined) throw broken;
      if (!isApocError(error, providerErrors.ENGINE_REFUSED)) throw error;
      throw new ApocError(providerErrors.IMAGE_LOAD_FAILED, {
        field: tag,
        detail: error.actual,
        cause: error,
      });
    });
  // A failure after the answer began comes as a member of the progress stream, with status 200.
  const failed = (Array.isArray(answer.body) ? answer.body : [answer.body]).find(
    (line): line is { error: unknown } => typeof line === "object" && line !== null && "error" in line,
  );
  if (failed !== undefined) {
    throw new ApocError(providerErrors.IMAGE_LOAD_FAILED, {
      field: tag,
      detail: String(failed.error).slice(0, 500),
    });
  }
  const operation = "GET /images/{name}/json";
  const inspected = await client.call("GET", `/images/${encodeURIComponent(tag)}/json`, { accept: [404] });
  if (inspected.status === 404) throw new ApocError(providerErrors.IMAGE_LOAD_FAILED, { field: tag });
  const found = parseAnswer(operation, imageAnswer, inspected.body);
  const configDigest = `sha256:${createHash("sha256").update(image.config).digest("hex")}`;
  // An engine may take layers that it already has by the diffIDs it reads in the config: they must be those read here.
  compare("RootFS.Layers", image.parsedConfig.rootfs.diff_ids, found.RootFS.Layers ?? []);
  if (found.Id !== configDigest) compareConfig(image, found, configDigest);
  return found.Id;
}

function compareConfig(image: LoadableImage, found: z.infer<typeof imageAnswer>, configDigest: string): void {
  const wanted = image.parsedConfig.config ?? {};
  const list = (value: readonly string[] | null | undefined) => value ?? [];
  const pairs: [string, unknown, unknown][] = [
    ["Id", configDigest, found.Config === undefined || found.Config === null ? found.Id : configDigest],
    ["Config.Entrypoint", list(wanted.Entrypoint), list(found.Config?.Entrypoint)],
    ["Config.Cmd", list(wanted.Cmd), list(found.Config?.Cmd)],
    ["Config.Env", list(wanted.Env), list(found.Config?.Env)],
    ["Config.WorkingDir", wanted.WorkingDir ?? "", found.Config?.WorkingDir ?? ""],
    ["Config.User", wanted.User ?? "", found.Config?.User ?? ""],
    ["Config.Volumes", Object.keys(wanted.Volumes ?? {}), Object.keys(found.Config?.Volumes ?? {})],
  ];
  for (const [field, expected, actual] of pairs) compare(field, expected, actual);
}

function compare(field: string, expected: unknown, actual: unknown): void {
  const [wanted, found] = [JSON.stringify(expected), JSON.stringify(actual)];
  if (wanted === found) return;
  throw new ApocError(providerErrors.IMAGE_LOAD_MISMATCH, { field, expected: wanted, actual: found });
}

/** Tags of the engine that begin with a repository of ours. */
export async function imageTags(client: EngineClient, repository: string): Promise<readonly string[]> {
  const { body } = await client.call("GET", "/images/json");
  const images = parseAnswer("GET /images/json", listAnswer, body);
  return images
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((tag) => tag.startsWith(`${repository}/`) || tag.startsWith(`${repository}:`));
}

/** Removes tags, and with the last tag of an image the image. What is gone, or in use by another pod, is passed over. */
export async function removeImages(client: EngineClient, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await client
      .call("DELETE", `/images/${encodeURIComponent(tag)}`, { accept: [404] })
      .catch((error: unknown) => {
        if (!refusedWith(error, 409)) throw error;
      });
  }
}

/**
 * The image in the form of `docker save`, as a stream: nothing is written to disk and only a chunk is held. Layers
 * stay compressed as they are; both engines unpack them and check the diffIDs. `onError` is told why bytes of the image
 * failed.
 */
export function dockerArchive(
  image: LoadableImage,
  tag: string,
  onError: (error: unknown) => void,
): Readable {
  const archive = pack();
  const stream = Readable.from(archive as AsyncIterable<Uint8Array>);
  const closed = new AbortController();
  archive.once("close", () => closed.abort());
  writeArchive(archive, image, tag, closed.signal).then(
    () => archive.finalize(),
    (error: unknown) => {
      if (!closed.signal.aborted) onError(error);
      archive.destroy(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return stream;
}

async function writeArchive(
  archive: Pack,
  image: LoadableImage,
  tag: string,
  signal: AbortSignal,
): Promise<void> {
  const configName = `${createHash("sha256").update(image.config).digest("hex")}.json`;
  const layerNames = image.layers.map(
    ({ descriptor }, index) => `${index}-${descriptor.digest.slice(7)}/layer.tar`,
  );
  const manifest = [{ Config: configName, RepoTags: [tag], Layers: layerNames }];
  const mtime = new Date(0);
  archive.entry({ name: "manifest.json", mtime }, JSON.stringify(manifest));
  archive.entry({ name: configName, mtime }, Buffer.from(image.config));
  for (const [index, layer] of image.layers.entries()) {
    const name = layerNames[index] as string;
    await new Promise<void>((resolve, reject) => {
      const entry = archive.entry({ name, mtime, size: layer.descriptor.size }, (error) =>
        error === null || error === undefined ? resolve() : reject(error),
      ) as unknown as Writable;
      // The failure is given to the callback as well; as an event nobody hears it.
      entry.on("error", () => undefined);
      writeLayer(entry, layer.open(), signal).catch(reject);
    });
  }
}

/** `signal` says that nobody reads any more: a full buffer will then never drain. */
async function writeLayer(
  entry: Writable,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of content) {
    if (!entry.write(chunk)) await once(entry, "drain", { signal });
  }
  entry.end();
}
