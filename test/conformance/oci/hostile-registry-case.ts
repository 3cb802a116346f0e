import {
  type CopyOptions,
  copy,
  encodeCanonicalJson,
  MemoryTarget,
  mediaTypes,
  type RemoteRepository,
  type RemoteRepositoryOptions,
} from "@apoc/oci";
import { describeBytes, drain, type Handler } from "./hostile-server.ts";

export const bytes = Buffer.alloc(300_000, "a");
export const blob = describeBytes(bytes);
export const small = describeBytes(Buffer.from("small"));
export const digest = `sha256:${"1".repeat(64)}` as const;

/** What is tried against a hostile registry. */
export type Attempt = (repository: RemoteRepository) => Promise<unknown>;
export const fetchBlob: Attempt = (repository) => drain(repository.fetch(blob));
export const pushSmall: Attempt = (repository) => repository.push(small, Buffer.from("small"));
export const pushBlob: Attempt = (repository) => repository.push(blob, bytes);
export const resolveTag: Attempt = (repository) => repository.resolve("v1");
export const resolveDigest: Attempt = (repository) => repository.resolve(digest);
export const listTags: Attempt = (repository) => repository.tags();
export const listReferrers: Attempt = (repository) => repository.referrers(digest);
export const copyTag =
  (options: CopyOptions = {}): Attempt =>
  (repository) =>
    copy(repository, "v1", new MemoryTarget(), options);

export interface Case {
  name: string;
  answer: Handler;
  attempt: Attempt;
  code: string;
  options?: Partial<RemoteRepositoryOptions>;
}

export const impatient = { idleMilliseconds: 150, timeoutMilliseconds: 300, attempts: 1 };

/** Announces `length` bytes and sends these. */
export const announce =
  (length: number, sent: Uint8Array): Handler =>
  (_, response) => {
    response.writeHead(200, { "content-length": `${length}` });
    response.write(sent);
    setTimeout(() => response.destroy(), 20);
  };

export const json =
  (document: unknown, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(200, headers).end(typeof document === "string" ? document : JSON.stringify(document));
  };

/** Serves documents by digest, and the first of them by tag. */
export function serving(documents: readonly [mediaType: string, bytes: Uint8Array][]): Handler {
  const known = documents.map(([mediaType, content]) => ({ ...describeBytes(content, mediaType), content }));
  return (request, response) => {
    const path = request.url ?? "";
    const found =
      known.find((each) => path.includes(each.digest)) ?? (path.endsWith("/v1") ? known[0] : undefined);
    if (found === undefined) response.writeHead(404).end();
    else {
      const headers = {
        "content-type": found.mediaType,
        "content-length": `${found.size}`,
        "docker-content-digest": found.digest,
      };
      response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : found.content);
    }
  };
}

export const config = { mediaType: mediaTypes.config, digest, size: 2 };
export const manifest = (change: object): [string, Uint8Array] => [
  mediaTypes.manifest,
  encodeCanonicalJson({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [], ...change }),
];
export const indexOf = (...entries: [string, Uint8Array][]): [string, Uint8Array] => [
  mediaTypes.index,
  encodeCanonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: entries.map(([mediaType, content]) => describeBytes(content, mediaType)),
  }),
];
export const nested = Array.from({ length: 4 }).reduce<[string, Uint8Array][]>(
  (chain) => [indexOf(chain[0] as [string, Uint8Array]), ...chain],
  [manifest({})],
);
export const header =
  (name: string, value: string): Handler =>
  (_, response) =>
    void response.writeHead(202, { location: "/v2/a/b/blobs/uploads/1", [name]: value }).end();

export function swap([mediaType, content]: [string, Uint8Array]): [Uint8Array, string] {
  return [content, mediaType];
}
