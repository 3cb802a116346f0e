/**
 * Something outside this process that wraps and unwraps layer keys: ocicrypt's key providers (docs/keyprovider.md
 * there), a key management service, a security module. `ocicrypt-js/keyprovider` has the clients and the server of
 * ocicrypt's own protocol; any object of this shape will do.
 */
export interface KeyProvider {
  /** Stands in the annotation `org.opencontainers.image.enc.keys.provider.<name>`. */
  readonly name: string;
  /** Wraps private options; what it gives back becomes a packet of the annotation. */
  wrap(options: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
  /** Unwraps a packet; throws when it cannot or will not. What it gives back is checked like any other's. */
  unwrap(packet: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
