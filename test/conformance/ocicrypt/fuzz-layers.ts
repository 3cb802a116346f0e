import {
  checkEncryptedManifest,
  decryptLayer,
  encryptLayer,
  generateImageKey,
  type LayerDescriptor,
  listRecipients,
  unwrapLayerKey,
} from "ocicrypt-js";
import { toBase64 } from "@apoc/encoding";
import {
  describeJwe,
  formatPrivateOptions,
  formatPublicOptions,
  parsePrivateOptions,
  parsePublicOptions,
  unwrapWithKey,
  wrapForRecipient,
} from "ocicrypt-js/testing";
import { mutateBytes } from "../attestation/fuzz-mutation.ts";
import { mutateJson } from "../attestation/fuzz-text.ts";
import { bytesOf, type FuzzTarget, target } from "../fuzz/target.ts";

const { publicJwk, privateJwk } = await generateImageKey();
const plain = bytesOf("the plain bytes of a layer, a little longer than one block of the cipher");
const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";

async function* once(bytes: Uint8Array) {
  yield Uint8Array.from(bytes);
}

const encryption = encryptLayer({ mediaType }, once(plain), { recipients: [publicJwk, publicJwk] });
const ciphertext = new Uint8Array(Buffer.concat(await Array.fromAsync(encryption.content)));
const layer = encryption.result();
const layerKey = await unwrapLayerKey(layer, { keys: [privateJwk] });
const options = {
  symkey: new Uint8Array(32).fill(1),
  nonce: new Uint8Array(16).fill(2),
  digest: "sha256:00",
};
const privateOptions = formatPrivateOptions(options);
const jwe = await wrapForRecipient(privateOptions, publicJwk);
const publicOptions = formatPublicOptions({ cipher: "AES_256_CTR_HMAC_SHA256", hmac: new Uint8Array(32) });

/** A layer changed within its annotations: base64 is opened, its JSON changed and closed again. */
const mutateAnnotations: FuzzTarget["mutate"] = (random, seed, others) => {
  if (random.below(3) === 0) return mutateJson(random, seed, others);
  const descriptor = JSON.parse(new TextDecoder().decode(seed)) as LayerDescriptor;
  const name = random.pick(Object.keys(descriptor.annotations ?? {}));
  const packets = (descriptor.annotations?.[name] ?? "").split(",");
  const at = random.below(packets.length);
  const opened = Buffer.from(packets[at] ?? "", "base64");
  packets[at] = toBase64((random.below(2) === 0 ? mutateJson : mutateBytes)(random, opened, [opened]));
  return bytesOf(
    JSON.stringify({ ...descriptor, annotations: { ...descriptor.annotations, [name]: packets.join(",") } }),
  );
};

/** Descriptors whose annotations are text, as every reader of manifests makes sure. */
function descriptorOf(input: Uint8Array): LayerDescriptor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(input));
  } catch {
    return undefined;
  }
  const { mediaType: type, digest, size, annotations = {} } = (value ?? {}) as Partial<LayerDescriptor>;
  const texts = typeof annotations === "object" && annotations !== null ? Object.values(annotations) : [1];
  if (typeof type !== "string" || typeof digest !== "string" || typeof size !== "number") return undefined;
  if (Array.isArray(annotations) || texts.some((text) => typeof text !== "string")) return undefined;
  return value as LayerDescriptor;
}

/** Readers of annotations and of layers. */
export const layerTargets: readonly FuzzTarget[] = [
  target({
    name: "public options",
    seeds: [Buffer.from(publicOptions, "base64")],
    mutate: mutateJson,
    parse: (input) => parsePublicOptions(toBase64(input)),
    judge: (value) =>
      parsePublicOptions(formatPublicOptions(value)).hmac.length === 32 ? undefined : "another HMAC",
  }),
  target({
    name: "private options",
    seeds: [privateOptions],
    mutate: mutateJson,
    parse: parsePrivateOptions,
    judge: ({ symkey, nonce }) =>
      symkey.length === 32 && nonce.length === 16 ? undefined : "another length",
  }),
  target({
    name: "JWE header",
    seeds: [jwe],
    mutate: mutateJson,
    parse: describeJwe,
    judge: (recipients) => (recipients.length > 0 ? undefined : "no recipient"),
  }),
  target({
    name: "JWE",
    seeds: [jwe],
    mutate: mutateJson,
    parse: (input) => unwrapWithKey(input, privateJwk),
    // Whatever was changed around it: what opens is what was wrapped.
    judge: (opened) => (Buffer.from(opened).equals(privateOptions) ? undefined : "other options opened"),
  }),
  target({
    name: "layer annotations",
    seeds: [bytesOf(JSON.stringify(layer))],
    mutate: mutateAnnotations,
    parse: async (input) => {
      const descriptor = descriptorOf(input);
      if (descriptor === undefined) return undefined;
      listRecipients(descriptor);
      return unwrapLayerKey(descriptor, { keys: [privateJwk] });
    },
  }),
  target({
    name: "layer",
    seeds: [bytesOf(JSON.stringify(layer))],
    mutate: mutateAnnotations,
    parse: async (input) => {
      const descriptor = descriptorOf(input);
      if (descriptor === undefined) return undefined;
      const opened = decryptLayer(descriptor, () => once(ciphertext), { keys: [privateJwk] });
      return Buffer.concat(await Array.fromAsync(opened));
    },
    judge: (opened) => (opened.equals(plain) ? undefined : "other bytes were given out"),
  }),
  target({
    name: "ciphertext",
    seeds: [ciphertext],
    mutate: mutateBytes,
    parse: async (input) => {
      const given: Uint8Array[] = [];
      const opened = decryptLayer(layer, () => once(input), { layerKey });
      for await (const chunk of opened) given.push(chunk);
      return Buffer.concat(given);
    },
    judge: (opened) => (opened.equals(plain) ? undefined : "other bytes were given out"),
  }),
  target({
    name: "encrypted manifest",
    seeds: [bytesOf(JSON.stringify({ layers: [layer] }))],
    mutate: (random, seed, others) => {
      const { layers } = JSON.parse(new TextDecoder().decode(seed)) as { layers: LayerDescriptor[] };
      const changed = mutateAnnotations(random, bytesOf(JSON.stringify(layers[0])), others);
      return bytesOf(`{"layers":[${new TextDecoder().decode(changed)}]}`);
    },
    parse: (input) => {
      const one = descriptorOf(input.subarray(11, input.length - 2));
      if (one === undefined) return undefined;
      checkEncryptedManifest({ layers: [one] }, { rootfs: { diff_ids: ["sha256:00"] } });
      return one;
    },
    judge: ({ mediaType: type }) => (type.endsWith("+encrypted") ? undefined : "a plain layer"),
  }),
];
