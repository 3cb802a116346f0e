import { toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import {
  formatPrivateOptions,
  parsePrivateOptions,
  parsePublicOptions,
  type PrivateOptions,
  type PublicOptions,
} from "./cipher-options.ts";
import { ocicryptErrors } from "./errors.ts";
import { unwrapWithKey, wrapForRecipient } from "./jwe.ts";
import type { KeyProvider } from "./key-provider.ts";
import { importPublicKey, type PrivateJwk, type PublicJwk } from "./keys.ts";
import { LayerKey } from "./layer-key.ts";
import { packetsOf, refuseSchemes, wrappingSchemes } from "./packets.ts";
import {
  isEncryptedLayerType,
  keysAnnotationPrefix,
  type LayerDescriptor,
  publicOptionsAnnotation,
} from "./spec.ts";

/** For whom a layer key is wrapped; at least one in all. */
export interface WrapOptions {
  /** Each gets a JWE of its own. */
  readonly recipients?: readonly PublicJwk[] | undefined;
  /** Each gets a packet of its own. */
  readonly providers?: readonly KeyProvider[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What may unwrap a layer key. */
export interface UnwrapOptions {
  /** Tried first, each on each JWE. */
  readonly keys?: readonly PrivateJwk[] | undefined;
  /** Asked only for layers that bear a packet of theirs. */
  readonly providers?: readonly KeyProvider[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks for whom is to be wrapped, before any work is done.
 * @throws RECIPIENT_MISSING, KEY_INVALID, KEY_UNSUPPORTED, KEY_HALF, KEY_PROVIDER_CONFIG
 */
export async function checkWrapOptions({ recipients = [], providers = [] }: WrapOptions): Promise<void> {
  requireRecipient({ recipients, providers });
  for (const [i, recipient] of recipients.entries()) await importPublicKey(recipient, `recipients[${i}]`);
  for (const { name } of providers) checkProviderName(name);
}

/** The part of {@link checkWrapOptions} that needs no waiting. */
export function requireRecipient({ recipients = [], providers = [] }: WrapOptions): void {
  if (recipients.length + providers.length === 0) throw new ApocError(ocicryptErrors.RECIPIENT_MISSING);
}

/** Annotations that wrap the private options for each recipient and provider. */
export async function wrapPrivateOptions(
  options: PrivateOptions,
  { recipients = [], providers = [], signal }: WrapOptions,
): Promise<Record<string, string>> {
  const plaintext = formatPrivateOptions(options);
  const lists: Record<string, string[]> = {};
  const add = (scheme: string, packet: Uint8Array) => {
    (lists[keysAnnotationPrefix + scheme] ??= []).push(toBase64(packet));
  };
  try {
    for (const recipient of recipients) add("jwe", await wrapForRecipient(plaintext, recipient));
    for (const provider of providers)
      add(`provider.${provider.name}`, await provider.wrap(plaintext.slice(), signal));
  } finally {
    plaintext.fill(0);
  }
  return Object.fromEntries(Object.entries(lists).map(([name, packets]) => [name, packets.join(",")]));
}

/**
 * Unwraps the key of an encrypted layer. Each JWE is tried with each key, then each named provider is asked; the first
 * that opens decides, and must be valid. Other schemes (PKCS#7, PGP, PKCS#11, …) give SCHEME_UNSUPPORTED when nothing
 * else is there.
 * @throws NOT_ENCRYPTED, PUBLIC_OPTIONS_INVALID, CIPHER_UNKNOWN, CIPHER_OPTIONS_PUBLIC, JSON_INVALID,
 * WRAPPED_KEY_MISSING, WRAPPED_KEY_INVALID, SCHEME_UNSUPPORTED, NO_MATCHING_KEY, PRIVATE_OPTIONS_INVALID, and what the
 * last provider threw when none unwrapped
 */
export async function unwrapLayerKey(descriptor: LayerDescriptor, options: UnwrapOptions): Promise<LayerKey> {
  const publicOptions = readPublicOptions(descriptor);
  return new LayerKey(publicOptions, await unwrapPrivateOptions(descriptor, options));
}

/** Checks that this is an encrypted layer of a known kind with valid public options. */
export function readPublicOptions(descriptor: LayerDescriptor): PublicOptions {
  if (!isEncryptedLayerType(descriptor.mediaType)) {
    throw new ApocError(ocicryptErrors.NOT_ENCRYPTED, {
      field: descriptor.digest,
      actual: descriptor.mediaType,
    });
  }
  return parsePublicOptions(descriptor.annotations?.[publicOptionsAnnotation]);
}

/** The part of {@link unwrapLayerKey} that yields what {@link wrapPrivateOptions} was given. */
export async function unwrapPrivateOptions(
  descriptor: LayerDescriptor,
  { keys = [], providers = [], signal }: UnwrapOptions,
): Promise<PrivateOptions> {
  const jwes = packetsOf(descriptor, "jwe");
  const asked = providers.filter(({ name }) => packetsOf(descriptor, `provider.${name}`).length > 0);
  if (jwes.length === 0 && asked.length === 0) refuseSchemes(descriptor);
  for (const packet of jwes) {
    for (const key of keys) {
      signal?.throwIfAborted();
      const plaintext = await unwrapWithKey(packet, key);
      if (plaintext !== undefined) return readPrivateOptions(plaintext);
    }
  }
  let failure: { readonly error: unknown } | undefined;
  for (const provider of asked) {
    for (const packet of packetsOf(descriptor, `provider.${provider.name}`)) {
      signal?.throwIfAborted();
      let plaintext: Uint8Array;
      try {
        plaintext = await provider.unwrap(packet, signal);
      } catch (error) {
        failure = { error };
        continue;
      }
      return readPrivateOptions(plaintext);
    }
  }
  signal?.throwIfAborted();
  if (failure !== undefined) throw failure.error;
  throw new ApocError(ocicryptErrors.NO_MATCHING_KEY, {
    field: descriptor.digest,
    actual: `${keys.length} keys, ${asked.length} providers, schemes ${wrappingSchemes(descriptor).join(", ")}`,
  });
}

function readPrivateOptions(plaintext: Uint8Array): PrivateOptions {
  try {
    return parsePrivateOptions(plaintext);
  } finally {
    plaintext.fill(0);
  }
}

function checkProviderName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new ApocError(ocicryptErrors.KEY_PROVIDER_CONFIG, {
    field: "provider",
    expected: "a name of letters, digits, '.', '_' and '-'",
    actual: name.slice(0, 80),
  });
}
