import { gzipSync } from "node:zlib";
import { mediaTypes } from "@apoc/oci";
import {
  type Case,
  bytes,
  digest,
  fetchBlob,
  resolveTag,
  resolveDigest,
  copyTag,
  impatient,
  announce,
  json,
  serving,
  config,
  manifest,
  indexOf,
  nested,
} from "./hostile-registry-case.ts";
import { describeBytes, writeForever, type Handler } from "./hostile-server.ts";

/** What a registry may give in place of blobs and manifests. */
export const contentCases: readonly Case[] = [
  {
    name: "too few bytes announced",
    answer: announce(1000, bytes),
    attempt: fetchBlob,
    code: "SIZE_MISMATCH",
  },
  {
    name: "too many bytes announced",
    answer: announce(9e9, bytes),
    attempt: fetchBlob,
    code: "SIZE_MISMATCH",
  },
  {
    name: "an end that comes too early",
    answer: (_, response) => void response.end(bytes.subarray(1)),
    attempt: fetchBlob,
    code: "SIZE_MISMATCH",
  },
  {
    name: "bytes without end",
    answer: (_, response) => writeForever(response, bytes),
    attempt: fetchBlob,
    code: "SIZE_MISMATCH",
  },
  {
    name: "bytes of another digest",
    answer: (_, response) => void response.end(Buffer.alloc(bytes.length, "b")),
    attempt: fetchBlob,
    code: "DIGEST_MISMATCH",
  },
  {
    name: "a bomb in the content coding",
    answer: (_, response) =>
      void response
        .writeHead(200, { "content-encoding": "gzip" })
        .end(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
    attempt: fetchBlob,
    code: "SIZE_MISMATCH",
  },
  ...[0, 1, 1024, bytes.length - 1].map((sent) => ({
    name: `a connection that breaks after ${sent} bytes, always`,
    answer: announce(bytes.length, bytes.subarray(0, sent)),
    attempt: fetchBlob,
    code: "REGISTRY_UNREACHABLE",
    options: { attempts: 1 },
  })),
  {
    name: "a body that stands still",
    answer: (_, response) => void response.writeHead(200).write(bytes.subarray(0, 2000)),
    attempt: fetchBlob,
    code: "REGISTRY_UNREACHABLE",
    options: impatient,
  },
  {
    name: "a body of one byte now and then",
    answer: (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : response.write("a")), 20);
    },
    attempt: fetchBlob,
    code: "REGISTRY_UNREACHABLE",
    options: impatient,
  },
  {
    name: "no answer",
    answer: () => undefined,
    attempt: fetchBlob,
    code: "REGISTRY_UNREACHABLE",
    options: impatient,
  },
  {
    name: "a part that nobody asked for",
    answer: (_, response) =>
      void response
        .writeHead(206, { "content-range": `bytes 0-9/${bytes.length}` })
        .end(bytes.subarray(0, 10)),
    attempt: fetchBlob,
    code: "REGISTRY_REFUSED",
  },
  {
    name: "redirects in a circle",
    answer: (request, response) => void response.writeHead(307, { location: request.url ?? "" }).end(),
    attempt: fetchBlob,
    code: "REGISTRY_PROTOCOL",
  },
  ...["", "file:///etc/passwd", "javascript:1", "http://user:pass@127.0.0.1/", "http://["].map(
    (location) => ({
      name: `a redirect to ${JSON.stringify(location)}`,
      answer: ((_, response) => void response.writeHead(302, { location }).end()) satisfies Handler,
      attempt: fetchBlob,
      // No location leads to the same place again.
      code: "REGISTRY_PROTOCOL",
    }),
  ),
  {
    name: "a manifest of another media type",
    answer: json("<html>", { "content-type": "text/html" }),
    attempt: resolveTag,
    code: "MEDIA_TYPE_UNSUPPORTED",
  },
  {
    name: "a manifest that is announced to be huge",
    answer: (_, response) =>
      void response
        .writeHead(200, {
          "content-type": mediaTypes.manifest,
          "content-length": `${5 * 1024 * 1024}`,
          "docker-content-digest": digest,
        })
        .end(),
    attempt: resolveTag,
    code: "DOCUMENT_TOO_LARGE",
  },
  {
    name: "a manifest without end",
    answer: (request, response) => {
      response.writeHead(200, { "content-type": mediaTypes.manifest });
      if (request.method === "HEAD") response.end();
      else writeForever(response, bytes);
    },
    attempt: resolveTag,
    code: "DOCUMENT_TOO_LARGE",
  },
  {
    name: "another manifest than was asked for by digest",
    answer: serving([manifest({})]),
    attempt: (repository) => repository.resolve(digest),
    code: "NOT_FOUND",
  },
  {
    name: "a manifest that bears another digest",
    answer: json(
      {},
      { "content-type": mediaTypes.manifest, "docker-content-digest": `sha256:${"2".repeat(64)}` },
    ),
    attempt: resolveDigest,
    code: "DIGEST_MISMATCH",
  },
  {
    name: "a manifest of another size than its header said",
    answer: (request, response) => {
      const content = manifest({})[1];
      const length = request.method === "HEAD" ? 10 : content.length;
      response
        .writeHead(200, {
          "content-type": mediaTypes.manifest,
          "content-length": `${length}`,
          "docker-content-digest": describeBytes(content).digest,
        })
        .end(request.method === "HEAD" ? undefined : content);
    },
    attempt: copyTag(),
    code: "SIZE_MISMATCH",
  },
  {
    name: "indexes in indexes in indexes",
    answer: serving(nested),
    attempt: copyTag(),
    code: "INDEX_TOO_DEEP",
  },
  {
    name: "an index that is a manifest, too",
    answer: serving([manifest({ manifests: [] })]),
    attempt: copyTag(),
    code: "DOCUMENT_INVALID",
  },
  {
    name: "a layer that lies elsewhere",
    answer: serving([
      manifest({ layers: [{ ...config, mediaType: mediaTypes.layerTar, urls: ["http://127.0.0.1/"] }] }),
    ]),
    attempt: copyTag(),
    code: "FOREIGN_LAYER",
  },
  {
    name: "an index of what is no image",
    answer: serving([
      indexOf(["application/x-unknown", Buffer.from("x")]),
      ["application/x-unknown", Buffer.from("x")],
    ]),
    attempt: copyTag(),
    code: "MEDIA_TYPE_UNSUPPORTED",
  },
];
