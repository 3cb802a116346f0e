import { parseTrustPolicy, type TrustPolicy } from "@apoc/attestation";
import { type Descriptor, type ImageConfig, mediaTypes, sha256Digest } from "@apoc/oci";
import { type ImageKey, type License, licenseHash, type PulledImage } from "@apoc/core";
import {
  baseFiles,
  now,
  otherDigest,
  otherHash,
  people,
  pulledImage,
  validLicense,
} from "@apoc/core/testing";
import { generateImageKey, jweAnnotation, publicOptionsAnnotation } from "ocicrypt-js";
import {
  type Attack,
  attackersGrant,
  attackersLicense,
  container,
  type Forgery,
  forged,
  layers,
  oneMoreDiffId,
  ownLayer,
  served,
} from "./attack.ts";

const own = (change: (image: PulledImage, licensed: PulledImage) => PulledImage): Attack => ({
  changes: { ownImage: change },
});
const forgery = (how: Forgery): Attack => ({ changes: forged(how) });
const free = (license: License): License => ({
  ...license,
  offers: license.offers.map((offer) => ({ ...offer, oneTime: 0n, perSecond: 0n, executionShare: 0 })),
});
const swapped = ([a, b]: Descriptor[], names: readonly string[]): Descriptor[] => {
  const pick = (layer: Descriptor) =>
    Object.fromEntries(names.map((name) => [name, layer.annotations![name]!]));
  return [
    { ...a!, annotations: { ...a!.annotations, ...pick(b!) } },
    { ...b!, annotations: { ...b!.annotations, ...pick(a!) } },
  ];
};
const otherKey = (await generateImageKey()).privateJwk as ImageKey;
/** A policy without one of its defaults: it has another digest than its normal form. */
const { maxAge: _, ...unfinished } = parseTrustPolicy("apiVersion: apoc.network/trust-policy/v1\nname: x\n");

/** The public base layer, and what the second developer keeps secret. */
const base = { mediaType: mediaTypes.layerTar, digest: sha256Digest(baseFiles), size: baseFiles.length };
const partnerProgram = sha256Digest(new TextEncoder().encode("the partner's program"));

/** Against checks 3, 5 and 9: what is run, under whose license, by whose permission. */
export const imageAttacks: Record<string, readonly [code: string, attack: Attack]> = {
  "an image that no registry has": [
    "APOC-6301",
    { changes: container("web", { image: `registry.example/pia/web@${otherDigest}` }) },
  ],
  "a tag": ["APOC-6303", { changes: container("web", { image: "registry.example/pia/web:1" }) }],
  "a digest that is not the end of the reference": [
    "APOC-6303",
    { changes: container("web", { image: `registry.example/pia/web@${otherDigest}:1` }) },
  ],
  "another digest than was asked for": ["APOC-6302", own((image) => ({ ...image, digest: otherDigest }))],
  "another platform": [
    "APOC-6304",
    { changes: { config: (config) => ({ ...config, architecture: "arm64" }) } },
  ],
  "an extra layer without a diffID": [
    "APOC-6305",
    own(({ config, manifest }) =>
      pulledImage("pia/web", config, { layers: [...manifest.layers, ...manifest.layers] }),
    ),
  ],
  "a diffID without a layer": [
    "APOC-6305",
    own(({ config, manifest }) => pulledImage("pia/web", oneMoreDiffId(config), manifest)),
  ],
  "a layer at a foreign address": [
    "APOC-6305",
    served((image) => ({
      ...image,
      manifest: {
        ...image.manifest,
        layers: image.manifest.layers.map((l) => ({ ...l, urls: ["https://x.example/"] })),
      },
    })),
  ],

  "no grant": ["APOC-6501", { changes: { grants: () => [] } }],
  "a grant for another provider's key": [
    "APOC-6501",
    { changes: { grants: ([grant]) => [{ ...grant!, providerKeyId: "0f".repeat(32) }] } },
  ],
  "a grant that the publisher signed": ["APOC-6502", { changes: { grantSigner: people.publisher } }],
  "a grant that outlives what was signed": [
    "APOC-6502",
    { changes: { grants: ([grant]) => [{ ...grant!, notAfter: grant!.notAfter + 1 }] } },
  ],
  "another JWE under the developer's signature": [
    "APOC-6502",
    {
      changes: {
        grants: ([grant]) => [{ ...grant!, jwe: grant!.jwe.replace(/.$/, (c) => (c === "A" ? "B" : "A")) }],
      },
    },
  ],
  "another trust policy under the developer's signature": [
    "APOC-6502",
    { changes: { grants: ([grant]) => [{ ...grant!, policyDigest: "0f".repeat(32) }] } },
  ],
  "a trust policy that is not in the form that was signed": [
    "APOC-6508",
    { changes: { decision: { policy: unfinished as TrustPolicy } } },
  ],
  "a grant whose developer is on another chain": [
    "APOC-6502",
    { changes: { grants: ([g]) => [{ ...g!, developer: g!.developer.replace("31337", "1") as never }] } },
  ],
  "the genuine grant renamed for a forged image": [
    "APOC-6502",
    forgery({
      config: (c) => ({ ...c, config: {} }),
      grant: (grant, { digest }) => ({ ...grant, image: digest }),
    }),
  ],
  "an expired grant": ["APOC-6503", { changes: { decision: { notAfter: new Date(now * 1000) } } }],
  "a revoked grant": ["APOC-6504", { changes: { floor: now + 86_400 } }],
  "an extra layer on top, with its diffID": [
    "APOC-6505",
    forgery({ layers: (all) => [...all, ownLayer(all[0]!)], config: oneMoreDiffId }),
  ],
  "an extra layer below": [
    "APOC-6505",
    forgery({ layers: (all) => [ownLayer(all[0]!), ...all], config: oneMoreDiffId }),
  ],
  "layers in another order": [
    "APOC-6505",
    forgery({
      layers: (all) => all.toReversed(),
      config: (c) => ({ ...c, rootfs: { ...c.rootfs, diff_ids: c.rootfs.diff_ids.toReversed() } }),
    }),
  ],
  "a dropped layer": [
    "APOC-6505",
    forgery({
      layers: (all) => all.slice(1),
      config: (c) => ({ ...c, rootfs: { ...c.rootfs, diff_ids: c.rootfs.diff_ids.slice(1) } }),
    }),
  ],
  "the config swapped: another entrypoint": [
    "APOC-6505",
    forgery({
      config: (c: ImageConfig) => ({
        ...c,
        config: { ...c.config, Entrypoint: ["/bin/cat", "/app/secret"] },
      }),
    }),
  ],
  "a preload in the config's environment": [
    "APOC-6505",
    forgery({
      config: (c: ImageConfig) => ({ ...c, config: { ...c.config, Env: ["LD_PRELOAD=/data/x.so"] } }),
    }),
  ],
  "the wrapped keys of two layers swapped": [
    "APOC-6505",
    forgery({ layers: (all) => swapped(all, [jweAnnotation]) }),
  ],
  "all annotations of two layers swapped": [
    "APOC-6505",
    forgery({ layers: (all) => swapped(all, [jweAnnotation, publicOptionsAnnotation]) }),
  ],
  "the license swapped for a free one": ["APOC-6505", forgery({ license: free })],
  "the policy opened": [
    "APOC-6505",
    forgery({ license: (l) => ({ ...l, policy: { ...l.policy, mounts: ["/srv"] } }) }),
  ],
  "the attacker as developer with the genuine JWE": [
    "APOC-6505",
    forgery({
      license: attackersLicense,
      grant: (grant, image) => attackersGrant(grant, image, licenseHash(attackersLicense(validLicense()))),
    }),
  ],
  "a grant for another config": ["APOC-6505", { changes: { decision: { config: otherDigest } } }],
  "a grant under another license": ["APOC-6505", { changes: { decision: { licenseHash: otherHash } } }],
  "the key of another image": ["APOC-6506", { changes: { decision: { imageKey: otherKey } } }],
  "one layer's key replayed for another": [
    "APOC-6507",
    layers(([first, second]) => [first!, { ...second!, annotations: first!.annotations! }]),
  ],

  "a plain image of a licensed one's diffIDs, which no registry has": [
    "APOC-6301",
    own((_, { config }) =>
      pulledImage("pia/web", config, {
        layers: config.rootfs.diff_ids.map((digest) => ({
          mediaType: mediaTypes.layerTar,
          digest,
          size: 10,
        })),
      }),
    ),
  ],
  "a licensed one's diffIDs over layers of one's own": [
    "APOC-6901",
    own(({ manifest }, { config }) =>
      pulledImage(
        "pia/web",
        { ...config, rootfs: { type: "layers", diff_ids: config.rootfs.diff_ids.slice(1) } },
        manifest,
      ),
    ),
  ],
  "a licensed one's diffID above a base layer that both have": [
    "APOC-6901",
    own(({ manifest }, { config }) => pulledImage("pia/web", config, { layers: [base, ...manifest.layers] })),
  ],
  "a licensed one's ciphertext as a plain layer": [
    "APOC-6901",
    own(({ config }, { manifest }) =>
      pulledImage("pia/web", config, {
        layers: [{ ...manifest.layers[0]!, mediaType: mediaTypes.layerTar }],
      }),
    ),
  ],
  "a developer's image whose config names the layer of another developer": [
    "APOC-6901",
    {
      changes: {
        partner: true,
        config: (c: ImageConfig) => ({
          ...c,
          rootfs: { type: "layers", diff_ids: [c.rootfs.diff_ids[0]!, partnerProgram] },
        }),
      },
    },
  ],
};
