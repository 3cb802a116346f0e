import type { IncomingMessage } from "node:http";
import type { BlobStore } from "./blob-store.ts";
import type { Links } from "./links.ts";
import type { Uploads } from "./uploads.ts";

/** The state of one registry. */
export interface RegistryState {
  readonly blobs: BlobStore;
  readonly links: Links;
  readonly uploads: Uploads;
  /** Whether an image manifest may come before its blobs. */
  readonly sparse: boolean;
}

/** One request to one repository. */
export interface Exchange {
  readonly state: RegistryState;
  readonly request: IncomingMessage;
  readonly url: URL;
  /** distribution-spec, `<name>`, valid. */
  readonly repository: string;
  /** Last part of the path: tag, digest, or upload id. */
  readonly reference: string;
}

/** A request header that may be given once. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
