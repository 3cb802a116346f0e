/** Bytes of a collateral service as they came, with what is needed to judge them again. */
export interface CollateralItem {
  readonly body: Uint8Array<ArrayBuffer>;
  /** PEM certificates that came in a header with the body. */
  readonly issuerChain?: string;
  /** When they were fetched. */
  readonly fetchedAt: Date;
}

/**
 * Where collateral is kept. A cache is not trusted: what it gives is read, compared with what was asked for and
 * checked for its dates as if it had just been fetched.
 */
export interface CollateralCache {
  /** Returns `undefined` for what is not there, and for what is there but damaged. */
  get(key: string): Promise<CollateralItem | undefined>;
  set(key: string, item: CollateralItem): Promise<void>;
}

/** Keys are paths of lower-case names: `amd/vcek/genoa/crl`. */
export const collateralKeyPattern: RegExp =
  /^[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*){0,5}$/;

/** A cache that ends with the process. */
export function memoryCache(): CollateralCache {
  const items = new Map<string, CollateralItem>();
  return {
    get: (key) => Promise.resolve(items.get(key)),
    set: (key, item) => Promise.resolve(void items.set(key, item)),
  };
}
