import { type Descriptor, type ImageConfig, sha256Digest } from "@apoc/oci";
import {
  accountName,
  type Admission,
  admit,
  encodeLicense,
  type Grant,
  grantTypedData,
  type License,
  licenseAnnotation,
  type PodManifest,
  type PulledImage,
} from "@apoc/core";
import { type Changes, otherDigest, people, pulledImage, scene, validLicense } from "@apoc/core/testing";
import { isApocError } from "@apoc/errors";

/** One attack: what is changed of a whole valid admission, and what is changed of it after everybody has signed. */
export interface Attack {
  readonly changes?: Changes;
  readonly alter?: (admission: Mutable) => void;
}

type Mutable = { -readonly [K in keyof Admission]: Admission[K] };

/** The code with which an attack is refused; `admitted` when it is not. */
export async function outcome({ changes = {}, alter }: Attack): Promise<string> {
  const admission = await scene(changes);
  alter?.(admission);
  try {
    await admit(admission);
    return "admitted";
  } catch (error) {
    if (isApocError(error)) return error.code;
    throw error;
  }
}

/** The manifest with other members of one container. */
export const container = (name: string, change: Partial<PodManifest["containers"][number]>): Changes => ({
  manifest: (manifest) => ({
    ...manifest,
    containers: manifest.containers.map((c) => (c.name === name ? { ...c, ...change } : c)),
  }),
});

/** What a publisher may rearrange of somebody's licensed image; everything else is taken over as it is. */
export interface Forgery {
  layers?(layers: Descriptor[]): Descriptor[];
  config?(config: ImageConfig): ImageConfig;
  license?(license: License): License;
  /** Of the genuine grant, which is given for the forged image whatever it names. */
  grant?(grant: Grant, forged: PulledImage): Grant | Promise<Grant>;
}

/**
 * The publisher's own container runs an image made of the licensed one's parts, and the genuine grant is handed in
 * for it.
 */
export function forged(forgery: Forgery): Changes {
  let genuine: Grant | undefined;
  return {
    grants(grants) {
      genuine = grants[0]!;
      return grants;
    },
    ownImage: (_, { manifest, config }) =>
      pulledImage("pia/web", forgery.config?.(config) ?? config, {
        layers: forgery.layers?.([...manifest.layers]) ?? manifest.layers,
        annotations: {
          [licenseAnnotation]: encodeLicense(forgery.license?.(validLicense()) ?? validLicense()),
        },
      }),
    ports: {
      findGrants: async (image) => {
        if (!image.reference.includes("pia/web")) return [genuine!];
        return [(await forgery.grant?.(genuine!, image)) ?? genuine!];
      },
    },
  };
}

/** The license with the attacker in the developer's place. */
export const attackersLicense = (license: License): License => ({
  ...license,
  developer: accountName(31337, people.stranger.address),
});

/** The genuine grant's JWE under the attacker's own signature. */
export async function attackersGrant(
  grant: Grant,
  { digest }: PulledImage,
  licenseHash: Grant["licenseHash"],
) {
  const own: Grant = {
    ...grant,
    image: digest,
    licenseHash,
    developer: attackersLicense(validLicense()).developer,
  };
  return { ...own, signature: await people.stranger.signTypedData(grantTypedData(own)) };
}

/** A config with another layer at the end, so that layers and diffIDs are of equal number. */
export const oneMoreDiffId = (config: ImageConfig): ImageConfig => ({
  ...config,
  rootfs: { type: "layers", diff_ids: [...config.rootfs.diff_ids, otherDigest] },
});

/** A layer of the attacker's that looks encrypted. */
export const ownLayer = (like: Descriptor): Descriptor => ({
  ...like,
  digest: sha256Digest(new TextEncoder().encode("the attacker's layer")),
});

/** The licensed image with other layers, under the developer's own hand. */
export const layers = (change: (layers: Descriptor[], plain: Descriptor[]) => Descriptor[]): Attack => ({
  changes: { layers: change },
});

/** What the registry answers instead of what was pushed. */
export const served = (change: (image: PulledImage) => PulledImage): Attack => ({
  alter(admission) {
    const { ports } = admission;
    admission.ports = { ...ports, pull: async (reference) => change(await ports.pull(reference)) };
  },
});
