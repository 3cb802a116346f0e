import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";
import { encryptLayer, generateImageKey, type PublicJwk } from "ocicrypt-js";
import { concat, stringToBytes, type Address } from "viem";
import { accountName } from "../../chain-id.ts";
import type { ImageKey } from "../../grant/grant.ts";
import { type License, licenseAnnotation } from "../../license/license.ts";
import { encodeLicense } from "../../license/license-schema.ts";
import type { PulledImage } from "../images.ts";
import { chainId, contract, token } from "./chain.ts";
import { people } from "./people.ts";

/** What a test may change about the images. */
export interface ImageChanges {
  license?(license: License): License;
  /** Text of the license annotation; undefined leaves it out. */
  annotation?(text: string): string | undefined;
  layers?(layers: Descriptor[], plain: Descriptor[]): Descriptor[];
  config?(config: ImageConfig): ImageConfig;
  /** Manifest and config of the publisher's own image. */
  ownImage?(image: PulledImage, licensed: PulledImage): PulledImage;
}

/** Bytes that registries serve, by digest. */
export type Blobs = Map<string, Uint8Array>;

/** Whose image, and what is in it above the public base layer. */
export interface Author {
  readonly address: Address;
  readonly repository: string;
  readonly program: string;
}

/** A public base layer, on which anybody may build. */
export const baseFiles = stringToBytes("base files");

/** Puts bytes where registries serve them. */
export function serve(blobs: Blobs, bytes: Uint8Array): Descriptor {
  const descriptor = { mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length };
  blobs.set(descriptor.digest, bytes);
  return descriptor;
}

/** A licensed image with what its developer knows. */
export interface Licensed {
  readonly image: PulledImage;
  readonly key: ImageKey;
  readonly license: License;
}

/** An image of a public base layer and one more, each encrypted and served. */
export async function licensedImage(blobs: Blobs, author: Author, changes: ImageChanges): Promise<Licensed> {
  const { publicJwk, privateJwk } = await generateImageKey();
  const plain: Descriptor[] = [];
  const layers: Descriptor[] = [];
  const diffIds: Digest[] = [];
  for (const bytes of [baseFiles, stringToBytes(author.program)]) {
    diffIds.push(sha256Digest(bytes));
    plain.push({ mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length });
    layers.push(await encryptedLayer(blobs, bytes, publicJwk));
  }
  const valid = validLicense(author.address);
  const license = changes.license?.(valid) ?? valid;
  const text = encodeLicense(license);
  const annotation = changes.annotation === undefined ? text : changes.annotation(text);
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/ledger"], Cmd: ["--serve"], WorkingDir: "/srv" },
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  const image = pulledImage(author.repository, changes.config?.(config) ?? config, {
    layers: changes.layers?.(layers, plain) ?? layers,
    ...(annotation === undefined ? {} : { annotations: { [licenseAnnotation]: annotation } }),
  });
  return { image, key: privateJwk as ImageKey, license };
}

async function encryptedLayer(blobs: Blobs, bytes: Uint8Array, recipient: PublicJwk): Promise<Descriptor> {
  const encryption = encryptLayer({ mediaType: mediaTypes.layerGzip }, chunks(bytes), {
    recipients: [recipient],
  });
  const ciphertext: Uint8Array[] = [];
  for await (const chunk of encryption.content) ciphertext.push(chunk);
  serve(blobs, concat(ciphertext));
  return encryption.result();
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** License of the scene: arguments, one variable and one mount path are open. */
export function validLicense(developer: Address = people.developer.address): License {
  const offer = { chain: `eip155:${chainId}`, contract, token, meteredCap: 0n } as const;
  return {
    version: 1,
    developer: accountName(chainId, developer),
    offers: [
      { ...offer, oneTime: 25_000_000n, perSecond: 0n, executionShare: 100_000 },
      { ...offer, oneTime: 0n, perSecond: 21_474_836_480n, executionShare: 0 },
    ],
    policy: { args: true, env: ["LD_PRELOAD", "LEDGER_NAME"], mounts: ["/data", "/usr/share"] },
  };
}

/** The publisher's own image, served like the base layer on which a test may put it. */
export function ownImage(blobs: Blobs, changes: ImageChanges, licensed: PulledImage): PulledImage {
  serve(blobs, baseFiles);
  const layer = serve(blobs, stringToBytes("the publisher's files"));
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/httpd"] },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  };
  const image = pulledImage("pia/web", config, { layers: [layer] });
  return changes.ownImage?.(image, licensed) ?? image;
}

/** An image as a provider pulls it: digests computed from the documents. */
export function pulledImage(
  repository: string,
  config: ImageConfig,
  rest: Pick<Manifest, "layers" | "annotations">,
): PulledImage {
  const encode = (value: unknown) => stringToBytes(JSON.stringify(value));
  const bytes = encode(config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: sha256Digest(bytes), size: bytes.length },
    ...rest,
  };
  const digest = sha256Digest(encode(manifest));
  return { reference: `registry.example/${repository}@${digest}`, digest, manifest, config };
}

/** A digest that names nothing of the scene. */
export const otherDigest: Digest = `sha256:${"0f".repeat(32)}`;
