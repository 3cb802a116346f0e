import { toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "./errors.ts";
import { describeJwe, type JweRecipient, keepJweRecipients, unwrapWithKey } from "./jwe.ts";
import {
  checkWrapOptions,
  readPublicOptions,
  unwrapPrivateOptions,
  type UnwrapOptions,
  type WrapOptions,
  wrapPrivateOptions,
} from "./key-wrap.ts";
import type { PrivateJwk } from "./keys.ts";
import { packetsOf, wrappingSchemes } from "./packets.ts";
import { keysAnnotationPrefix, type LayerDescriptor } from "./spec.ts";

/** One who can decrypt a layer, as far as the annotations show to anybody. */
export interface LayerRecipient extends Partial<JweRecipient> {
  /** `jwe`, `provider.<name>`, or another scheme of ocicrypt. */
  readonly scheme: string;
  /** Position of the packet within its scheme, from 0. */
  readonly packet: number;
  /** Position within a JWE of several recipients, from 0. */
  readonly position: number;
}

/**
 * Who can decrypt a layer. A JWE names algorithm and curve, and a key only by the `kid` that some tools leave in it;
 * of other schemes only the packets are counted.
 * @throws WRAPPED_KEY_INVALID
 */
export function listRecipients(descriptor: Pick<LayerDescriptor, "annotations">): LayerRecipient[] {
  return wrappingSchemes(descriptor).flatMap((scheme) =>
    packetsOf(descriptor, scheme).flatMap((bytes, packet) =>
      scheme === "jwe"
        ? describeJwe(bytes).map((shown, position) => ({ scheme, packet, position, ...shown }))
        : [{ scheme, packet, position: 0 }],
    ),
  );
}

/**
 * The recipients whose private key this is: those whose JWE it opens.
 * @throws WRAPPED_KEY_INVALID
 */
export async function findRecipients(
  descriptor: Pick<LayerDescriptor, "annotations">,
  key: PrivateJwk,
): Promise<LayerRecipient[]> {
  const packets = packetsOf(descriptor, "jwe");
  const found: LayerRecipient[] = [];
  for (const recipient of listRecipients(descriptor)) {
    if (recipient.scheme !== "jwe") continue;
    const alone = keepJweRecipients(
      packets[recipient.packet] as Uint8Array,
      (position) => position === recipient.position,
    );
    const plaintext = alone === undefined ? undefined : await unwrapWithKey(alone, key);
    if (plaintext === undefined) continue;
    plaintext.fill(0);
    found.push(recipient);
  }
  return found;
}

/**
 * Wraps the layer key for more recipients. Digest, size and bytes of the layer stay; annotations, and so the digest of
 * the manifest, change. Whether the unwrapped key is that of the bytes shows only when they are decrypted.
 * @throws what `unwrapLayerKey` throws, RECIPIENT_MISSING, KEY_INVALID, KEY_UNSUPPORTED, WRAPPED_KEY_INVALID
 */
export async function addRecipients<T extends LayerDescriptor>(
  descriptor: T,
  unwrap: UnwrapOptions,
  wrap: WrapOptions,
): Promise<T & { annotations: Record<string, string> }> {
  await checkWrapOptions(wrap);
  readPublicOptions(descriptor);
  const options = await unwrapPrivateOptions(descriptor, unwrap);
  const annotations = { ...descriptor.annotations };
  for (const [name, added] of Object.entries(await wrapPrivateOptions(options, wrap))) {
    annotations[name] = annotations[name] ? `${annotations[name]},${added}` : added;
  }
  const extended = { ...descriptor, annotations };
  // Within the limits of who reads it next.
  listRecipients(extended);
  return extended;
}

/**
 * Takes recipients away; no key is needed. Anyone who was a recipient may have kept the layer key or the old annotations:
 * this hides a layer from those who see only the new manifest; it does not revoke. To revoke, encrypt again.
 * @param remove says for each of {@link listRecipients} whether it goes
 * @throws RECIPIENT_UNKNOWN when none goes, RECIPIENT_MISSING when all would, WRAPPED_KEY_INVALID
 */
export function removeRecipients<T extends LayerDescriptor>(
  descriptor: T,
  remove: (recipient: LayerRecipient, index: number) => boolean,
): T & { annotations: Record<string, string> } {
  const all = listRecipients(descriptor);
  const kept = all.filter((recipient, index) => !remove(recipient, index));
  const { digest: field } = descriptor;
  if (kept.length === all.length) {
    throw new ApocError(ocicryptErrors.RECIPIENT_UNKNOWN, { field, actual: `${all.length} others` });
  }
  if (kept.length === 0) {
    throw new ApocError(ocicryptErrors.RECIPIENT_MISSING, { field, expected: "at least one left" });
  }
  const annotations = { ...descriptor.annotations };
  for (const scheme of wrappingSchemes(descriptor)) {
    const packets = packetsOf(descriptor, scheme).flatMap((bytes, packet) => {
      const stays = (position: number) =>
        kept.some(
          (other) => other.scheme === scheme && other.packet === packet && other.position === position,
        );
      const left = scheme === "jwe" ? keepJweRecipients(bytes, stays) : stays(0) ? bytes : undefined;
      return left === undefined ? [] : [toBase64(left)];
    });
    if (packets.length > 0) annotations[keysAnnotationPrefix + scheme] = packets.join(",");
    else delete annotations[keysAnnotationPrefix + scheme];
  }
  return { ...descriptor, annotations };
}
