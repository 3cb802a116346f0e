import type { Content } from "@apoc/oci";

/** A response before it is written. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Uint8Array | Content;
}

/** Error codes of distribution-spec, "Error Codes", with the status that goes with each. */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  RANGE_INVALID: 416,
  SIZE_INVALID: 413,
  UNSUPPORTED: 405,
} as const;
export type RefusalCode = keyof typeof statuses;

/** Refuses a request in the form of the specification. */
export function refuse(code: RefusalCode, message: string): Answer {
  return json(statuses[code], { errors: [{ code, message, detail: null }] });
}

/** Answers with a JSON document. */
export function json(status: number, document: unknown, headers: Record<string, string> = {}): Answer {
  const body = Buffer.from(JSON.stringify(document));
  return {
    status,
    headers: { "content-type": "application/json", "content-length": `${body.length}`, ...headers },
    body,
  };
}
