/**
 * A program of somebody who installed ocicrypt-js, for browsers and Node: no type or module of Node is used.
 * scripts/packages.sh compiles it against the packed package and runs it.
 */
import {
  addRecipients,
  assertDistinctLayerKeys,
  checkEncryptedManifest,
  type Content,
  type Curve,
  decryptedMediaType,
  decryptLayer,
  type EncryptedLayer,
  encryptLayer,
  type EncryptLayerOptions,
  exportPkcs8,
  exportSpki,
  findRecipients,
  generateImageKey,
  importPrivateKey,
  importPublicKey,
  type KeyProvider,
  type LayerDescriptor,
  type LayerProgress,
  type LayerRecipient,
  listRecipients,
  ocicryptErrors,
  type PrivateJwk,
  type PublicJwk,
  removeRecipients,
  toPublicJwk,
  unwrapLayerKey,
  wrappingSchemes,
} from "ocicrypt-js";

const plain = crypto.getRandomValues(new Uint8Array(50_000));
const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";

async function* content(bytes: Uint8Array): Content {
  for (let at = 0; at < bytes.length; at += 7000) yield bytes.subarray(at, at + 7000);
}

async function gather(parts: Content): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of parts) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const first: { publicJwk: PublicJwk; privateJwk: PrivateJwk } = await generateImageKey();
const second = await generateImageKey();
const curve: Curve | undefined = first.publicJwk.kty === "EC" ? first.publicJwk.crv : undefined;
check(curve === "P-256", "the curve of image keys");
check((await importPublicKey(await exportSpki(second.publicJwk))).kty === "EC", "PKIX");
const key: PrivateJwk = await importPrivateKey(await exportPkcs8(second.privateJwk), "second", {
  passphrase: undefined,
});

const seen: LayerProgress[] = [];
const options: EncryptLayerOptions = {
  recipients: [toPublicJwk(first.privateJwk)],
  onProgress: (progress) => void seen.push(progress),
};
const encryption = encryptLayer({ mediaType }, content(plain), options);
const ciphertext = await gather(encryption.content);
const layer: EncryptedLayer = encryption.result();
check(seen.at(-1)?.bytes === plain.length, "progress");
check(decryptedMediaType(layer.mediaType) === mediaType, "media type");

const more = await addRecipients(layer, { keys: [first.privateJwk] }, { recipients: [second.publicJwk] });
const recipients: LayerRecipient[] = listRecipients(more);
check(recipients.length === 2, "recipients");
const [mine] = await findRecipients(more, key);
check(mine?.packet === 1, "own recipient");
const less: LayerDescriptor = removeRecipients(more, ({ packet }) => packet === 0);
check(wrappingSchemes(less).join() === "jwe", "schemes");
const back = await gather(decryptLayer(less, () => content(ciphertext), { keys: [key] }));
check(back.every((byte, i) => byte === plain[i]) && back.length === plain.length, "plaintext");

checkEncryptedManifest({ layers: [less] }, { rootfs: { diff_ids: ["sha256:0"] } });
assertDistinctLayerKeys([await unwrapLayerKey(less, { keys: [key] })]);
const provider: KeyProvider = { name: "own", wrap: async (bytes) => bytes, unwrap: async (bytes) => bytes };
const provided = await addRecipients(less, { keys: [key] }, { providers: [provider] });
await unwrapLayerKey(provided, { providers: [provider] });
try {
  await unwrapLayerKey(less, { keys: [first.privateJwk] });
  check(false, "a removed recipient still decrypts");
} catch (error) {
  check((error as { code?: string }).code === ocicryptErrors.NO_MATCHING_KEY.code, String(error));
}
