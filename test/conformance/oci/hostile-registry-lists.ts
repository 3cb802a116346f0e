import { mediaTypes } from "@apoc/oci";
import {
  type Case,
  bytes,
  fetchBlob,
  pushSmall,
  pushBlob,
  resolveTag,
  listTags,
  listReferrers,
  json,
  config,
  manifest,
  header,
  swap,
} from "./hostile-registry-case.ts";
import { describeBytes, writeForever, type Handler } from "./hostile-server.ts";

/** What a registry may give in place of lists, and how it may take uploads. */
export const listCases: readonly Case[] = [
  {
    name: "tags without end",
    answer: (request, response) => {
      const n = Number(/n=(\d+)/.exec(request.url ?? "")?.[1] ?? 0) + 1;
      response.writeHead(200, { link: `</v2/a/b/tags/list?n=${n}>; rel="next"` }).end(`{"tags":["t${n}"]}`);
    },
    attempt: listTags,
    code: "REGISTRY_PROTOCOL",
  },
  {
    name: "a list of tags that turns back on itself",
    answer: json({ tags: ["a"] }, { link: '</v2/a/b/tags/list?x>; rel="next"' }),
    attempt: listTags,
    code: "REGISTRY_PROTOCOL",
  },
  {
    name: "a list of tags that goes on elsewhere",
    answer: json({ tags: ["a"] }, { link: '<http://127.0.0.1:1/v2/a/b/tags/list?x>; rel="next"' }),
    attempt: listTags,
    code: "REGISTRY_PROTOCOL",
  },
  {
    name: "tags that are none",
    answer: json({ tags: ["../x"] }),
    attempt: listTags,
    code: "REGISTRY_PROTOCOL",
  },
  { name: "a tag list that is none", answer: json([]), attempt: listTags, code: "REGISTRY_PROTOCOL" },
  {
    name: "a page of tags without end",
    answer: (_, response) => writeForever(response, bytes),
    attempt: listTags,
    code: "DOCUMENT_TOO_LARGE",
  },
  {
    name: "referrers without end",
    answer: (request, response) => {
      const n = Number(/n=(\d+)/.exec(request.url ?? "")?.[1] ?? 0) + 1;
      const headers = { "content-type": mediaTypes.index, link: `</v2/a/b/referrers/x?n=${n}>; rel="next"` };
      response.writeHead(200, headers).end('{"schemaVersion":2,"manifests":[]}');
    },
    attempt: listReferrers,
    code: "REGISTRY_PROTOCOL",
  },
  {
    name: "referrers with a size that is none",
    answer: json(
      { schemaVersion: 2, manifests: [{ ...config, size: -1 }] },
      { "content-type": mediaTypes.index },
    ),
    attempt: listReferrers,
    code: "DOCUMENT_INVALID",
  },
  {
    name: "an upload to nowhere",
    answer: (_, response) => void response.writeHead(202).end(),
    attempt: pushSmall,
    code: "REGISTRY_PROTOCOL",
  },
  {
    name: "chunks of at least 3 GB",
    answer: header("oci-chunk-min-length", `${3 * 1024 ** 3}`),
    attempt: pushBlob,
    code: "REGISTRY_PROTOCOL",
    options: { chunkSize: 1000 },
  },
  ...[
    { name: "has more of an upload than was sent", range: "0-3000000000" },
    { name: "has a range of an upload that is none", range: "0-99999999999999999999" },
  ].map(({ name, range }) => ({
    name: `a registry that ${name}`,
    answer: ((request, response) => {
      const location = "/v2/a/b/blobs/uploads/1";
      request.resume();
      request.on("end", () => {
        if (request.method === "PATCH" && request.headers["content-range"] !== "0-999")
          response.writeHead(500).end();
        else if (request.method === "GET") response.writeHead(204, { range, location }).end();
        else response.writeHead(202, { location }).end();
      });
    }) satisfies Handler,
    attempt: pushBlob,
    code: "REGISTRY_PROTOCOL",
    options: { chunkSize: 1000 },
  })),
  {
    name: "an upload that is never stored",
    answer: (request, response) => {
      request
        .resume()
        .on("end", () => response.writeHead(202, { location: "/v2/a/b/blobs/uploads/1" }).end());
    },
    attempt: pushSmall,
    code: "REGISTRY_REFUSED",
  },
  {
    name: "an upload that is always forgotten",
    answer: (request, response) => {
      request.resume().on("end", () => {
        if (request.method === "POST") response.writeHead(202, { location: "/v2/a/b/blobs/uploads/1" }).end();
        else if (request.method === "PUT") request.socket.destroy();
        else response.writeHead(404).end();
      });
    },
    attempt: pushSmall,
    code: "UPLOAD_LOST",
  },
  {
    name: "a manifest that is never stored",
    answer: (request, response) => {
      request.resume().on("end", () => response.writeHead(500).end());
    },
    attempt: (repository) => repository.push(describeBytes(...swap(manifest({}))), manifest({})[1]),
    code: "REGISTRY_UNAVAILABLE",
  },
  {
    name: "overload without end",
    answer: (_, response) => void response.writeHead(429, { "retry-after": "0" }).end(),
    attempt: resolveTag,
    code: "REGISTRY_UNAVAILABLE",
  },
  {
    name: "an error of megabytes",
    answer: (_, response) => writeForever(response.writeHead(400), bytes),
    attempt: fetchBlob,
    code: "REGISTRY_REFUSED",
  },
];
