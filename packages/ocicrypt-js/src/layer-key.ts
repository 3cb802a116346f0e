import { ApocError } from "@apoc/errors";
import type { PrivateOptions, PublicOptions } from "./cipher-options.ts";
import { ocicryptErrors } from "./errors.ts";

/**
 * What decrypts one layer. The bytes are private members, so that a key does not get into a log by accident.
 */
export class LayerKey {
  readonly #symkey: Uint8Array;
  readonly #nonce: Uint8Array;
  readonly #hmac: Uint8Array;

  constructor(publicOptions: PublicOptions, privateOptions: PrivateOptions) {
    this.#symkey = privateOptions.symkey;
    this.#nonce = privateOptions.nonce;
    this.#hmac = publicOptions.hmac;
  }

  /** For the block cipher. */
  static parts(key: LayerKey): { symkey: Uint8Array; nonce: Uint8Array; hmac: Uint8Array } {
    return { symkey: key.#symkey, nonce: key.#nonce, hmac: key.#hmac };
  }

  /** Whether two layers are encrypted with the same symmetric key, which an honest publisher never does. */
  static same(a: LayerKey, b: LayerKey): boolean {
    return equalBytes(a.#symkey, b.#symkey);
  }
}

/**
 * Refuses an image in which two layers share a symmetric key: with CTR that would leak, and it is the sign of a layer
 * used twice.
 * @throws LAYER_REPEATED
 */
export function assertDistinctLayerKeys(keys: readonly LayerKey[]): void {
  for (const [i, a] of keys.entries()) {
    for (const [j, b] of keys.entries()) {
      if (i >= j || !LayerKey.same(a, b)) continue;
      throw new ApocError(ocicryptErrors.LAYER_REPEATED, {
        field: `layers[${j}]`,
        expected: "a key of its own",
        actual: `the key of layers[${i}]`,
      });
    }
  }
}

/** Compares in time that depends on the length only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0);
  return difference === 0;
}
