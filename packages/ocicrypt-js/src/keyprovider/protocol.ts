import { decodeBase64, toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { parseStrictObject, unknownKeys } from "../strict-object.ts";

/**
 * The messages of ocicrypt's key provider protocol (`keywrap/keyprovider` there): JSON over the standard streams of a
 * command, or as the only field of a gRPC message. Go writes bytes as base64, ocicrypt-rs reads results only as arrays
 * of numbers; so requests bear base64, results bear arrays, and both are read.
 */

/** Greatest message in bytes; a wrapped key is some hundred. */
export const messageLimit = 1024 * 1024;

/** Values of `--encryption-key provider:NAME:VALUE` and `--decryption-key provider:NAME:VALUE`, by provider name. */
export type ProviderParameters = Readonly<Record<string, readonly Uint8Array[]>>;

/** What a key provider is asked. */
export type ProviderRequest =
  | { readonly op: "keywrap"; readonly parameters: ProviderParameters; readonly options: Uint8Array }
  | { readonly op: "keyunwrap"; readonly parameters: ProviderParameters; readonly packet: Uint8Array };

/**
 * Parameters of ocicrypt's own schemes. Go sends them to every key provider, private keys and passwords included; they
 * are none of its business and are dropped when a request is read.
 */
const ownParameters = /^(pubkeys|x509s|gpg-.*|pkcs11-.*|privkeys|privkeys-passwords)$/;

const encoder = new TextEncoder();

/** The request as a client sends it. */
export function formatRequest(request: ProviderRequest): Uint8Array {
  const parameters = Object.fromEntries(
    Object.entries(request.parameters).map(([name, values]) => [name, values.map(toBase64)]),
  );
  const wrap = request.op === "keywrap";
  return encoder.encode(
    JSON.stringify({
      op: request.op,
      keywrapparams: wrap
        ? { ec: { Parameters: parameters, DecryptConfig: {} }, optsdata: toBase64(request.options) }
        : { ec: null, optsdata: null },
      keyunwrapparams: wrap
        ? { dc: null, annotation: null }
        : { dc: { Parameters: parameters }, annotation: toBase64(request.packet) },
    }),
  );
}

/**
 * Reads a request as a server gets it.
 * @throws KEY_PROVIDER_MESSAGE
 */
export function parseRequest(bytes: Uint8Array): ProviderRequest {
  const message = parseMessage(bytes);
  refuseUnknown(message, ["op", "keywrapparams", "keyunwrapparams"], "request");
  const wrap = objectOf(message, "keywrapparams");
  refuseUnknown(wrap, ["ec", "optsdata"], "keywrapparams");
  const unwrap = objectOf(message, "keyunwrapparams");
  refuseUnknown(unwrap, ["dc", "annotation"], "keyunwrapparams");
  if (message["op"] === "keywrap") {
    return {
      op: "keywrap",
      parameters: parametersOf(objectOf(wrap, "ec")),
      options: bytesOf(wrap["optsdata"], "optsdata"),
    };
  }
  if (message["op"] === "keyunwrap") {
    return {
      op: "keyunwrap",
      parameters: parametersOf(objectOf(unwrap, "dc")),
      packet: bytesOf(unwrap["annotation"], "annotation"),
    };
  }
  throw invalid("op", "keywrap or keyunwrap");
}

/** The result as a server sends it. */
export function formatResult(op: ProviderRequest["op"], result: Uint8Array): Uint8Array {
  const list = Array.from(result);
  return encoder.encode(
    JSON.stringify(
      op === "keywrap" ? { keywrapresults: { annotation: list } } : { keyunwrapresults: { optsdata: list } },
    ),
  );
}

/**
 * Reads a result as a client gets it.
 * @throws KEY_PROVIDER_MESSAGE
 */
export function parseResult(op: ProviderRequest["op"], bytes: Uint8Array): Uint8Array {
  const message = parseMessage(bytes);
  refuseUnknown(message, ["keywrapresults", "keyunwrapresults"], "result");
  const [group, member] =
    op === "keywrap"
      ? (["keywrapresults", "annotation"] as const)
      : (["keyunwrapresults", "optsdata"] as const);
  const result = objectOf(message, group);
  refuseUnknown(result, [member], group);
  return bytesOf(result[member], member);
}

function parseMessage(bytes: Uint8Array): Record<string, unknown> {
  try {
    if (bytes.length > messageLimit) throw new RangeError(`more than ${messageLimit} bytes`);
    return parseStrictObject(bytes, "message");
  } catch (cause) {
    throw new ApocError(ocicryptErrors.KEY_PROVIDER_MESSAGE, { field: "message", expected: "JSON", cause });
  }
}

/** An object, or an empty one for what Go leaves out or writes as null. */
function objectOf(object: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = object[name] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalid(name, "an object");
  return value as Record<string, unknown>;
}

function parametersOf(config: Record<string, unknown>): ProviderParameters {
  refuseUnknown(config, ["Parameters", "DecryptConfig"], "config");
  const parameters: [string, Uint8Array[]][] = [];
  for (const [name, values] of Object.entries(objectOf(config, "Parameters"))) {
    if (ownParameters.test(name)) continue;
    if (values !== null && !Array.isArray(values)) throw invalid(`Parameters.${name.slice(0, 80)}`, "a list");
    const list = (values ?? []) as unknown[];
    parameters.push([name, list.map((value) => bytesOf(value, "Parameters", 0))]);
  }
  return Object.fromEntries(parameters);
}

/** Base64 text or a list of byte values. */
function bytesOf(value: unknown, field: string, least = 1): Uint8Array {
  let bytes: Uint8Array | undefined;
  if (typeof value === "string") bytes = decodeBase64(value);
  else if (Array.isArray(value) && value.every(isByte)) bytes = Uint8Array.from(value);
  if (bytes === undefined || bytes.length < least)
    throw invalid(field, `at least ${least} byte, as base64 or a list of numbers`);
  return bytes;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}

function refuseUnknown(object: Record<string, unknown>, known: readonly string[], field: string): void {
  const unknown = unknownKeys(object, known);
  if (unknown.length > 0) throw invalid(field, known.join(", "), unknown.join(", ").slice(0, 80));
}

function invalid(field: string, expected: string, actual = "another value"): ApocError {
  return new ApocError(ocicryptErrors.KEY_PROVIDER_MESSAGE, { field, expected, actual });
}
