import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { mediaTypes, type Descriptor, type Digest, type ImageConfig, type Manifest } from "@apoc/oci";
import { layerTar, type ImageFile } from "./layer-tar.ts";

/** What an image consists of. */
export interface ImageRecipe {
  readonly files: readonly ImageFile[];
  readonly config?: {
    readonly entrypoint?: readonly string[];
    readonly cmd?: readonly string[];
    /** `NAME=value` each. */
    readonly env?: readonly string[];
    readonly workingDir?: string;
    /** `uid[:gid]` or a name in the image's /etc/passwd. */
    readonly user?: string;
    readonly exposedPorts?: readonly number[];
    /** Paths declared as VOLUME. */
    readonly volumes?: readonly string[];
  };
  /** OCI name of the processor; default this machine's. */
  readonly architecture?: "amd64" | "arm64";
  /** The files become a layer on top of this image's layers. */
  readonly base?: BuiltImage;
}

/** A layer in both its forms. */
export interface BuiltLayer {
  /** Of the compressed bytes. */
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly compressed: Uint8Array;
}

/** An OCI image in memory: what it is named by and all its bytes. */
export interface BuiltImage {
  readonly descriptor: Descriptor;
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  readonly parsedConfig: ImageConfig;
  readonly layers: readonly BuiltLayer[];
}

/**
 * Composes an image from files, with gzip layers; equal recipes give equal bytes on equal Node releases (zlib
 * decides the compressed form). Throws `IMAGE_FILE_INVALID`. Follows image-spec 1.1, manifest.md and config.md.
 */
export async function composeImage(recipe: ImageRecipe): Promise<BuiltImage> {
  const tar = await layerTar(recipe.files);
  const compressed = gzipSync(tar, { level: 9 });
  const layer = { descriptor: describe(mediaTypes.layerGzip, compressed), diffId: digestOf(tar), compressed };
  const layers = [...(recipe.base?.layers ?? []), layer];
  const parsedConfig = imageConfig(recipe, layers);
  const config = Buffer.from(JSON.stringify(parsedConfig));
  const manifestDocument: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(mediaTypes.config, config),
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const manifest = Buffer.from(JSON.stringify(manifestDocument));
  return { descriptor: describe(mediaTypes.manifest, manifest), manifest, config, parsedConfig, layers };
}

function imageConfig(recipe: ImageRecipe, layers: readonly BuiltLayer[]): ImageConfig {
  const { entrypoint, cmd, env, workingDir, user, exposedPorts, volumes } = recipe.config ?? {};
  return {
    created: "1970-01-01T00:00:00Z",
    architecture: recipe.architecture ?? (process.arch === "arm64" ? "arm64" : "amd64"),
    os: "linux",
    config: {
      ...(user === undefined ? {} : { User: user }),
      ...(exposedPorts === undefined
        ? {}
        : { ExposedPorts: keys(exposedPorts.map((port) => `${port}/tcp`)) }),
      ...(env === undefined ? {} : { Env: [...env] }),
      ...(entrypoint === undefined ? {} : { Entrypoint: [...entrypoint] }),
      ...(cmd === undefined ? {} : { Cmd: [...cmd] }),
      ...(volumes === undefined ? {} : { Volumes: keys(volumes) }),
      ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "apoc" })),
  };
}

function keys(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
