import { ApocError } from "@apoc/errors";
import type { Descriptor, Source, Target } from "@apoc/oci";
import {
  addRecipients,
  findRecipients,
  isEncryptedLayerType,
  type LayerRecipient,
  listRecipients,
  ocicryptErrors,
  type PrivateJwk,
  removeRecipients,
  type UnwrapOptions,
  type WrapOptions,
} from "ocicrypt-js";
import type { ReadImage } from "./read-image.ts";

/** What is to change about who can decrypt an image. */
export interface RecipientChanges {
  readonly add: WrapOptions;
  /** Opens the layer keys, which adding needs. */
  readonly unwrap: UnwrapOptions;
  /** Recipients to take away: by number, as listed, or by their private key. */
  readonly remove: readonly (number | PrivateJwk)[];
}

/**
 * Changes the recipients of every encrypted layer and leaves the layers' bytes alone; the target gets those it has not.
 * @throws what `addRecipients` and `removeRecipients` throw
 */
export async function changeRecipients(
  { source, image }: { readonly source: Source; readonly image: ReadImage },
  target: Target,
  { add, unwrap, remove }: RecipientChanges,
  signal?: AbortSignal,
): Promise<Descriptor[]> {
  const layers: Descriptor[] = [];
  for (const layer of image.manifest.layers) {
    let changed: Descriptor = layer;
    if (isEncryptedLayerType(layer.mediaType)) {
      // Found first, in the layer as it was listed; what is added comes after it and moves nothing.
      const gone = await places(layer, remove);
      const adds = (add.recipients?.length ?? 0) + (add.providers?.length ?? 0) > 0;
      if (adds) changed = await addRecipients(layer, unwrap, add);
      if (remove.length > 0) changed = removeRecipients(changed, (recipient) => gone.has(place(recipient)));
    }
    if (!(await target.exists(layer))) {
      await target.push(layer, source.fetch(layer, signal === undefined ? {} : { signal }));
    }
    layers.push(changed);
  }
  return layers;
}

const place = ({ scheme, packet, position }: LayerRecipient) => `${scheme} ${packet} ${position}`;

async function places(layer: Descriptor, remove: RecipientChanges["remove"]): Promise<Set<string>> {
  const listed = listRecipients(layer);
  const gone = new Set<string>();
  for (const one of remove) {
    const found = typeof one === "number" ? listed.slice(one, one + 1) : await findRecipients(layer, one);
    if (found.length === 0) {
      throw new ApocError(ocicryptErrors.RECIPIENT_UNKNOWN, {
        field: layer.digest,
        expected: `one of ${listed.length} recipients`,
        actual: typeof one === "number" ? `number ${one}` : "another key",
      });
    }
    for (const recipient of found) gone.add(place(recipient));
  }
  return gone;
}
