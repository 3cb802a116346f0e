import { ApocError } from "@apoc/errors";
import { parsePublicOptions } from "./cipher-options.ts";
import { ocicryptErrors } from "./errors.ts";
import { checkPackets } from "./packets.ts";
import { isEncryptedLayerType, type LayerDescriptor, publicOptionsAnnotation } from "./spec.ts";

/** The part of an image manifest that is checked. */
export interface EncryptedManifest {
  readonly layers: readonly LayerDescriptor[];
}

/** The part of an image config that is checked. */
export interface LayeredConfig {
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/**
 * The rules for an image that is said to be encrypted as a whole, none of which ocicrypt itself demands: each layer
 * is encrypted, of a known kind, with valid options and a wrapped key, from no foreign address; no layer is there
 * twice; there are as many as the config has diffIDs. So nobody can have put a plain layer on top or below.
 *
 * Two things are left to who holds the keys: {@link assertDistinctLayerKeys}, and the diffID of each plain layer.
 * @throws LAYER_COUNT, LAYER_PLAIN, LAYER_FOREIGN, LAYER_REPEATED, and what reading the annotations throws
 */
export function checkEncryptedManifest(manifest: EncryptedManifest, config: LayeredConfig): void {
  const { layers } = manifest;
  const { diff_ids: diffIds } = config.rootfs;
  if (layers.length !== diffIds.length || layers.length === 0) {
    throw new ApocError(ocicryptErrors.LAYER_COUNT, {
      field: "layers",
      expected: `${diffIds.length}, at least 1`,
      actual: `${layers.length}`,
    });
  }
  const digests = new Map<string, number>();
  for (const [i, layer] of layers.entries()) {
    const field = `layers[${i}]`;
    if (layer.urls !== undefined) throw new ApocError(ocicryptErrors.LAYER_FOREIGN, { field });
    if (!isEncryptedLayerType(layer.mediaType)) {
      throw new ApocError(ocicryptErrors.LAYER_PLAIN, {
        field: `${field}.mediaType`,
        actual: layer.mediaType,
      });
    }
    parsePublicOptions(layer.annotations?.[publicOptionsAnnotation]);
    checkPackets(layer);
    const first = digests.get(layer.digest);
    if (first !== undefined) {
      throw new ApocError(ocicryptErrors.LAYER_REPEATED, { field, actual: `the blob of layers[${first}]` });
    }
    digests.set(layer.digest, i);
  }
}
