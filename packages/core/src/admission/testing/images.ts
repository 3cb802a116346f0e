import {
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Manifest,
  mediaTypes,
  sha256Digest,
} from "@apoc/oci";
import { encryptLayer, generateImageKey, type PublicJwk } from "ocicrypt-js";
import { stringToBytes } from "viem";
import { accountName } from "../../chain-id.ts";
import type { ImageKey } from "../../grant/grant.ts";
import { type License, licenseAnnotation } from "../../license/license.ts";
import { encodeLicense } from "../../license/license-schema.ts";
import type { PulledImage } from "../admission.ts";
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

/** The licensed image of the scene with what its developer knows. */
export interface Licensed {
  readonly image: PulledImage;
  readonly key: ImageKey;
  readonly license: License;
}

export async function licensedImage(changes: ImageChanges): Promise<Licensed> {
  const { publicJwk, privateJwk } = await generateImageKey();
  const plain: Descriptor[] = [];
  const layers: Descriptor[] = [];
  const diffIds: Digest[] = [];
  for (const text of ["base files", "the secret program"]) {
    const bytes = stringToBytes(text);
    diffIds.push(sha256Digest(bytes));
    plain.push({ mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length });
    layers.push(await encryptedLayer(bytes, publicJwk));
  }
  const license = changes.license?.(validLicense()) ?? validLicense();
  const text = encodeLicense(license);
  const annotation = changes.annotation === undefined ? text : changes.annotation(text);
  const config: ImageConfig = {
    architecture: "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/ledger"], Cmd: ["--serve"], WorkingDir: "/srv" },
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  const image = pulledImage("ada/ledger", changes.config?.(config) ?? config, {
    layers: changes.layers?.(layers, plain) ?? layers,
    ...(annotation === undefined ? {} : { annotations: { [licenseAnnotation]: annotation } }),
  });
  return { image, key: privateJwk as ImageKey, license };
}

async function encryptedLayer(bytes: Uint8Array, recipient: PublicJwk): Promise<Descriptor> {
  const encryption = encryptLayer({ mediaType: mediaTypes.layerGzip }, chunks(bytes), {
    recipients: [recipient],
  });
  for await (const _ of encryption.content);
  return encryption.result();
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** License of the scene: arguments, one variable and one mount path are open. */
export function validLicense(): License {
  const offer = { chain: `eip155:${chainId}`, contract, token, meteredCap: 0n } as const;
  return {
    version: 1,
    developer: accountName(chainId, people.developer.address),
    offers: [
      { ...offer, oneTime: 25_000_000n, perSecond: 0n, executionShare: 100_000 },
      { ...offer, oneTime: 0n, perSecond: 21_474_836_480n, executionShare: 0 },
    ],
    policy: { args: true, env: ["LD_PRELOAD", "LEDGER_NAME"], mounts: ["/data", "/usr/share"] },
  };
}

export function ownImage(changes: ImageChanges, licensed: PulledImage): PulledImage {
  const bytes = stringToBytes("the publisher's files");
  const layer = { mediaType: mediaTypes.layerTar, digest: sha256Digest(bytes), size: bytes.length };
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
