import { isRepository } from "@apoc/oci";
import { type Answer, json, refuse } from "./answer.ts";
import { deleteBlob, getBlob } from "./blob-requests.ts";
import type { Exchange } from "./exchange.ts";
import { listReferrers, listTags } from "./list-requests.ts";
import { deleteManifest, getManifest, putManifest } from "./manifest-requests.ts";
import { deleteUpload, getUpload, patchUpload, postUpload, putUpload } from "./upload-requests.ts";

type Handler = (exchange: Exchange) => Promise<Answer>;

/** distribution-spec, "Endpoints". Names may contain words like `blobs`, so the last match decides. */
const routes: readonly [pattern: RegExp, methods: Record<string, Handler>][] = [
  [/^\/v2\/(.+)\/blobs\/uploads\/()$/, { POST: postUpload }],
  [
    /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    { GET: getUpload, PATCH: patchUpload, PUT: putUpload, DELETE: deleteUpload },
  ],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob }],
  [
    /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  ],
  [/^\/v2\/(.+)\/tags\/list()$/, { GET: listTags }],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, { GET: listReferrers }],
];

/** Finds what answers a request, and answers. */
export async function route(exchange: Omit<Exchange, "repository" | "reference">): Promise<Answer> {
  const path = exchange.url.pathname;
  const method = exchange.request.method ?? "GET";
  if (path === "/v2/" || path === "/v2") {
    return ["GET", "HEAD"].includes(method) ? json(200, {}) : refuse("UNSUPPORTED", "nothing but GET here");
  }
  for (const [pattern, methods] of routes) {
    const match = pattern.exec(path);
    if (match === null) continue;
    const repository = match[1] ?? "";
    if (!isRepository(repository)) return refuse("NAME_INVALID", "not a repository name");
    const handler = methods[method];
    if (handler === undefined) return refuse("UNSUPPORTED", `${method} is not supported here`);
    return handler({ ...exchange, repository, reference: decodeReference(match[2] ?? "") });
  }
  return refuse("NAME_UNKNOWN", "no such endpoint");
}

function decodeReference(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
