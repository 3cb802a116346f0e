import { ApocError } from "@apoc/errors";
import { ocicryptErrors } from "../errors.ts";
import { messageLimit } from "./protocol.ts";

/** The two methods of `service KeyProviderService` in ocicrypt's `keyprovider.proto`. */
export const grpcPaths = {
  keywrap: "/keyprovider.KeyProviderService/WrapKey",
  keyunwrap: "/keyprovider.KeyProviderService/UnWrapKey",
} as const;

/** The numbers of gRPC's status codes that are sent or read here (grpc, doc/statuscodes.md). */
export const grpcStatus = {
  ok: 0,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** Length prefix, tag and varint length at the most. */
export const framedLimit = messageLimit + 16;

/**
 * One gRPC message (grpc, doc/PROTOCOL-HTTP2.md: not compressed, length prefix) with one protobuf message in it whose
 * field 1 is the bytes.
 */
export function frameMessage(bytes: Uint8Array): Uint8Array {
  const varint: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    varint.push(left < 0x80 ? left : (left & 0x7f) | 0x80);
    if (left < 0x80) break;
  }
  const length = 1 + varint.length + bytes.length;
  const frame = new Uint8Array(5 + length);
  new DataView(frame.buffer).setUint32(1, length);
  frame[5] = 0x0a;
  frame.set(varint, 6);
  frame.set(bytes, 6 + varint.length);
  return frame;
}

/**
 * Reads exactly one message; both of ocicrypt's have only field 1.
 * @throws KEY_PROVIDER_MESSAGE
 */
export function unframeMessage(frame: Uint8Array): Uint8Array {
  const compressed = frame[0];
  if (compressed !== 0) throw invalid("flag", "no compression");
  if (frame.length < 5) throw invalid("frame", "a length");
  const message = frame.subarray(5);
  if (new DataView(frame.buffer, frame.byteOffset).getUint32(1) !== message.length)
    throw invalid("frame", "one message of the stated length");
  if (message[0] !== 0x0a) throw invalid("message", "field 1, bytes");
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const octet = message[at++];
    if (octet === undefined || shift > 21) throw invalid("message", "a length");
    length += (octet & 0x7f) * 2 ** shift;
    if (octet < 0x80) break;
  }
  if (at + length !== message.length) throw invalid("message", "field 1 and nothing else");
  return message.subarray(at);
}

/** Text of `grpc-message`: printable ASCII, the rest and the percent sign percent-encoded as UTF-8. */
export function encodeStatusMessage(text: string): string {
  return Array.from(new TextEncoder().encode(text), (octet) =>
    octet >= 0x20 && octet <= 0x7e && octet !== 0x25
      ? String.fromCharCode(octet)
      : `%${octet.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

/** Inverse of {@link encodeStatusMessage}; text that is not well encoded stays as it is. */
export function decodeStatusMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function invalid(field: string, expected: string): ApocError {
  return new ApocError(ocicryptErrors.KEY_PROVIDER_MESSAGE, { field, expected, actual: "another value" });
}
