import { toBase64 } from "@apoc/encoding";
import { createHash, randomBytes } from "node:crypto";
import {
  type Content,
  decryptLayer,
  type EncryptedLayer,
  encryptLayer,
  generateImageKey,
  jweAnnotation,
  type PrivateJwk,
  type PublicJwk,
  publicOptionsAnnotation,
} from "./index.ts";
import { wrapForRecipient } from "./jwe.ts";

export const gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
export const key = await generateImageKey();
export const other = await generateImageKey();

export interface Sample {
  plain: Buffer;
  ciphertext: Buffer;
  layer: EncryptedLayer;
}

export async function* inChunks(bytes: Uint8Array, size = 1000): Content {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function gather(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function sample(
  size = 5000,
  recipients: readonly PublicJwk[] = [key.publicJwk],
): Promise<Sample> {
  const plain = randomBytes(size);
  const encryption = encryptLayer({ mediaType: gzip }, inChunks(plain), { recipients });
  const ciphertext = await gather(encryption.content);
  return { plain, ciphertext, layer: encryption.result() };
}

export function decrypt(
  { layer, ciphertext }: Omit<Sample, "plain">,
  keys: readonly PrivateJwk[] = [key.privateJwk],
) {
  return gather(decryptLayer(layer, () => inChunks(ciphertext), { keys }));
}

/** The descriptor that a relay would write for other bytes. */
export function redescribe(layer: EncryptedLayer, ciphertext: Buffer): EncryptedLayer {
  const digest = `sha256:${createHash("sha256").update(ciphertext).digest("hex")}` as const;
  return { ...layer, digest, size: ciphertext.length };
}

export function withPublicOptions(
  layer: EncryptedLayer,
  change: (options: Record<string, unknown>) => unknown,
): EncryptedLayer {
  const options = JSON.parse(
    Buffer.from(layer.annotations[publicOptionsAnnotation] ?? "", "base64").toString(),
  ) as object;
  const changed = change({ ...options });
  const text = typeof changed === "string" ? changed : JSON.stringify(changed);
  const annotation = Buffer.from(text).toString("base64");
  return { ...layer, annotations: { ...layer.annotations, [publicOptionsAnnotation]: annotation } };
}

export function withPackets(layer: EncryptedLayer, ...packets: (Uint8Array | string)[]): EncryptedLayer {
  const joined = packets.map((packet) => (typeof packet === "string" ? packet : toBase64(packet))).join(",");
  return { ...layer, annotations: { ...layer.annotations, [jweAnnotation]: joined } };
}

export async function withPrivateOptions(layer: EncryptedLayer, options: unknown): Promise<EncryptedLayer> {
  const plaintext = Buffer.from(typeof options === "string" ? options : JSON.stringify(options));
  return withPackets(layer, await wrapForRecipient(plaintext, key.publicJwk));
}
