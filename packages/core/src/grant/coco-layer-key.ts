import { concatBytes, fromBase64Url } from "@apoc/encoding";
import type { Digest } from "@apoc/oci";
import type { ImageKey } from "./grant.ts";

const label = "apoc-coco-layer-key-v1\0";

/**
 * The key by which a layer is wrapped for a CoCo recipient (docs/spec/grant.md, "CoCo recipients"): HKDF-SHA256
 * (RFC 5869) of the image key's 32 private bytes, empty salt, `info` = label and the digest of the encrypted layer. Who
 * holds a grant can compute it, so the grant carries no second key; the key of one layer opens no other.
 * @param layer digest of the layer as it lies in the encrypted manifest
 */
export async function cocoLayerKey(imageKey: ImageKey, layer: Digest): Promise<Uint8Array> {
  const secret = fromBase64Url(imageKey.d);
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  secret.fill(0);
  const encoder = new TextEncoder();
  const info = concatBytes(encoder.encode(label), encoder.encode(layer));
  const bits = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    key,
    256,
  );
  return new Uint8Array(bits);
}
