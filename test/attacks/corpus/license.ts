import { type Descriptor, mediaTypes } from "@apoc/oci";
import { jweAnnotation, publicOptionsAnnotation } from "ocicrypt-js";
import { type Attack, layers, served } from "./attack.ts";

const text = (annotation: (text: string) => string | undefined): Attack => ({ changes: { annotation } });
const options = (layer: Descriptor, change: (options: Record<string, unknown>) => object): Descriptor => ({
  ...layer,
  annotations: {
    ...layer.annotations,
    [publicOptionsAnnotation]: btoa(
      JSON.stringify(change(JSON.parse(atob(layer.annotations![publicOptionsAnnotation]!)) as never)),
    ),
  },
});
const without = (layer: Descriptor, name: string): Descriptor => ({
  ...layer,
  annotations: Object.fromEntries(Object.entries(layer.annotations!).filter(([other]) => other !== name)),
});

/** Against check 4: licenses that two readers could read in two ways, and images that are not encrypted as they must be. */
export const licenseAttacks: Record<string, readonly [code: string, attack: Attack]> = {
  "the license taken off": ["APOC-6401", text(() => undefined)],
  "a license with a space more": ["APOC-6402", text((t) => `${t} `)],
  "a license with a member twice": [
    "APOC-6402",
    text((t) => t.replace('"version":1', '"version":1,"version":1')),
  ],
  "a license with members in another order": [
    "APOC-6402",
    text((t) => JSON.stringify({ version: 1, ...(JSON.parse(t) as object) })),
  ],
  "a license with an escaped member name": [
    "APOC-6402",
    text((t) => t.replace('"version"', '"\\u0076ersion"')),
  ],
  "a license with a prototype": ["APOC-6402", text((t) => t.replace("{", '{"__proto__":{"offers":[]},'))],
  "a license with an unknown member": ["APOC-6402", text((t) => t.replace("{", '{"Developer":"x",'))],
  "a price as a number": ["APOC-6402", text((t) => t.replace('"25000000"', "25000000"))],
  "a price with a leading zero": ["APOC-6402", text((t) => t.replace('"25000000"', '"025000000"'))],
  "a price in other digits": ["APOC-6402", text((t) => t.replace('"25000000"', '"٢٥"'))],
  "a negative price": ["APOC-6402", text((t) => t.replace('"25000000"', '"-1"'))],
  "a developer in lower case": [
    "APOC-6402",
    text((t) => t.replace(/("developer":")([^"]*)/, (_, a: string, b: string) => a + b.toLowerCase())),
  ],
  "a developer on a chain with a leading zero": [
    "APOC-6402",
    text((t) => t.replace('"developer":"eip155:', '"developer":"eip155:0')),
  ],
  "no offers": ["APOC-6402", text((t) => t.replace(/"offers":\[.*\],"policy"/, '"offers":[],"policy"'))],
  "variables out of order": [
    "APOC-6402",
    text((t) => t.replace('"LD_PRELOAD","LEDGER_NAME"', '"LEDGER_NAME","LD_PRELOAD"')),
  ],
  "a mount path that climbs": ["APOC-6402", text((t) => t.replace('"/data"', '"/data/../bin"'))],
  "a mount path over everything": ["APOC-6402", text((t) => t.replace('"/data"', '"/"'))],
  "no license but a byte order mark": ["APOC-6402", text((t) => `\ufeff${t}`)],
  "a plain layer among encrypted ones": ["APOC-6403", layers(([first], plain) => [first!, plain[1]!])],
  "only plain layers": ["APOC-6403", layers((_, plain) => plain)],
  "a layer whose encryption is spelled otherwise": [
    "APOC-6403",
    layers((all) => all.map((l) => ({ ...l, mediaType: l.mediaType.toUpperCase() }))),
  ],
  "one layer twice": ["APOC-6404", layers(([first]) => [first!, first!])],
  "a nonce in the public options": [
    "APOC-6404",
    layers((all) => all.map((l) => options(l, (o) => ({ ...o, cipheroptions: { nonce: "AAAA" } })))),
  ],
  "another cipher": [
    "APOC-6404",
    layers((all) => all.map((l) => options(l, (o) => ({ ...o, cipher: "NULL" })))),
  ],
  "a cipher in another case beside the known one": [
    "APOC-6404",
    layers((all) => all.map((l) => options(l, (o) => ({ ...o, Cipher: "NULL" })))),
  ],
  "no HMAC": ["APOC-6404", layers((all) => all.map((l) => options(l, (o) => ({ ...o, hmac: "" }))))],
  "no wrapped key": ["APOC-6404", layers((all) => all.map((l) => without(l, jweAnnotation)))],
  "wrapped keys without end": [
    "APOC-6404",
    layers((all) =>
      all.map((l) => ({ ...l, annotations: { ...l.annotations, [jweAnnotation]: "AA==,".repeat(65) } })),
    ),
  ],
  "a layer of another encrypted kind": [
    "APOC-6404",
    layers((all) => all.map((l) => ({ ...l, mediaType: `${mediaTypes.layerZstd}+encrypted` }))),
  ],
  "a docker manifest": [
    "APOC-6404",
    served((image) => ({ ...image, manifest: { ...image.manifest, mediaType: mediaTypes.dockerManifest } })),
  ],
  "a config of another type": [
    "APOC-6404",
    served((image) => ({
      ...image,
      manifest: { ...image.manifest, config: { ...image.manifest.config, mediaType: "application/json" } },
    })),
  ],
};
