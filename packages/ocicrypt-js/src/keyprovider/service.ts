import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { unwrapWithKey, wrapForRecipient } from "../jwe.ts";
import type { PrivateJwk, PublicJwk } from "../keys.ts";
import { formatResult, parseRequest, type ProviderParameters } from "./protocol.ts";

/** Who asks, as far as the protocol tells: not for which image, and not which layer. */
export interface ServiceContext {
  readonly parameters: ProviderParameters;
  /** Aborted when the client has gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/**
 * What answers as a key provider. Deny with `new ApocError(ocicryptErrors.KEY_PROVIDER_REFUSED, { detail })`: the text
 * of an ApocError reaches the user of skopeo or containerd, that of any other error does not.
 */
export interface KeyProviderService {
  /** Wraps a layer's private options (cleartext keys); gives the packet that is put into the annotation. */
  wrap(options: Uint8Array, context: ServiceContext): Promise<Uint8Array>;
  /** Returns the private options of a packet. */
  unwrap(packet: Uint8Array, context: ServiceContext): Promise<Uint8Array>;
}

/**
 * Answers one request, whatever brought it.
 * @throws KEY_PROVIDER_MESSAGE, and what the service throws
 */
export async function answerRequest(
  service: KeyProviderService,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const request = parseRequest(bytes);
  const context = { parameters: request.parameters, signal };
  const result =
    request.op === "keywrap"
      ? await service.wrap(request.options, context)
      : await service.unwrap(request.packet, context);
  return formatResult(request.op, result);
}

/** Keys of {@link jweKeyService}. */
export interface JweKeyServiceOptions {
  /** Who can unwrap what this service wraps, one JWE for all; without any, wrapping is refused. */
  readonly recipient?: PublicJwk | undefined;
  /** Tried one after the other; without any, unwrapping is refused. */
  readonly keys?: readonly PrivateJwk[] | undefined;
}

/** A service that wraps as the `jwe` scheme does, with keys that never leave this process. */
export function jweKeyService({ recipient, keys = [] }: JweKeyServiceOptions): KeyProviderService {
  return {
    async wrap(options) {
      if (recipient === undefined) throw refused("no recipient is set here");
      return wrapForRecipient(options, recipient);
    },
    async unwrap(packet) {
      for (const key of keys) {
        const options = await unwrapWithKey(packet, key);
        if (options !== undefined) return options;
      }
      throw refused("no key here opens the packet");
    },
  };
}

function refused(detail: string): ApocError {
  return new ApocError(ocicryptErrors.KEY_PROVIDER_REFUSED, { detail });
}
