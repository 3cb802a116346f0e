import { isApocError } from "@apoc/errors";
import {
  Authorizer,
  parseChallenges,
  parseContentRange,
  parseNextLink,
  parseRetryAfter,
  parseUploadRange,
  parseWarnings,
  responseError,
} from "@apoc/oci/testing";
import { mutateBytes } from "../attestation/fuzz-mutation.ts";
import { mutateJson } from "../attestation/fuzz-text.ts";
import { bytesOf, type FuzzTarget, latin, target } from "../fuzz/target.ts";

const printable = /^[\x20-\x7e]*$/;

function some<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

/** Headers and small bodies of registries and token services. */
export const headerTargets: readonly FuzzTarget[] = [
  target({
    name: "challenge",
    seeds: [
      'Bearer realm="https://x/t",service="a, b",scope="repository:a:pull,push", Basic realm=x',
      'Basic realm="\\"quoted\\"", Digest a=b',
    ].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => some(parseChallenges(latin(input))),
    judge: (challenges) =>
      challenges.every(({ scheme }) => /^[a-z0-9_-]+$/.test(scheme)) ? undefined : "scheme",
  }),
  target({
    name: "challenge met",
    seeds: ['Bearer realm="https://token.example/t?a=b",service="s"', "Basic"].map(bytesOf),
    mutate: mutateBytes,
    parse: async (input) => {
      const asked: URL[] = [];
      const authorizer = new Authorizer({
        registry: "registry.example",
        origin: "https://registry.example",
        repository: "a/b",
        timeoutMilliseconds: 1000,
        credentials: async () => ({ username: "user", password: "pass" }),
        fetch: async (url) => {
          asked.push(new URL(url as string));
          return new Response('{"token":"t"}');
        },
      });
      const response = { headers: { get: () => latin(input) } } as unknown as Response;
      await authorizer.meet(response, { action: "pull" });
      return asked;
    },
    judge: (asked) =>
      asked.every(({ protocol, hostname }) => protocol === "https:" && !/^127\.|^localhost$/.test(hostname))
        ? undefined
        : `asks ${asked.join()}`,
  }),
  target({
    name: "token answer",
    seeds: [bytesOf('{"token":"abc","expires_in":300}'), bytesOf('{"access_token":"x.y-z"}')],
    mutate: mutateJson,
    parse: async (input) => {
      const authorizer = new Authorizer({
        registry: "registry.example",
        origin: "https://registry.example",
        repository: "a/b",
        timeoutMilliseconds: 1000,
        fetch: async () => new Response(Buffer.from(input)),
      });
      const headers = { "www-authenticate": 'Bearer realm="https://x/t"' };
      await authorizer.meet(new Response(null, { status: 401, headers }), { action: "pull" });
      return authorizer.header({ action: "pull" });
    },
    judge: (header) => (/^Bearer [\x21-\x7e]+$/.test(header) ? undefined : "no header"),
  }),
  target({
    name: "error body",
    seeds: [bytesOf('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"why","detail":{}}]}')],
    mutate: mutateJson,
    parse: (input) =>
      responseError(new Response(Buffer.from(input), { status: 400 }), "x", "registry.example"),
    judge: (error) => {
      if (!isApocError(error)) return "no coded error";
      return printable.test(error.actual ?? "") && (error.actual ?? "").length < 500 ? undefined : "control";
    },
  }),
  target({
    name: "next link",
    seeds: [
      '<https://x/v2/a?n=2&last=b>; rel="next"',
      '</p>; title="a, b"; rel=prev, </q>; rel="x next"',
    ].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => parseNextLink(latin(input)),
    judge: (link, input) =>
      latin(input).includes(`<${link}>`) && /next/i.test(latin(input)) ? undefined : "another link",
  }),
  target({
    name: "content range",
    seeds: [
      "bytes 0-9/10",
      "bytes 500-999/*",
      "bytes 9007199254740990-9007199254740990/9007199254740991",
    ].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => parseContentRange(latin(input)),
    judge: ({ start, end, size }) =>
      start >= 0 && start <= end && end < (size ?? Infinity) && Number.isSafeInteger(end)
        ? undefined
        : `${start}-${end}/${size}`,
  }),
  target({
    name: "upload range",
    seeds: ["0-99", "bytes=0-9007199254740991"].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => parseUploadRange(latin(input)),
    judge: (end) => (Number.isSafeInteger(end) && end >= 0 ? undefined : `${end}`),
  }),
  target({
    name: "warning",
    seeds: ['299 - "a \\"b\\""', '299 - "one", 199 x "no", 299 - "two"'].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => some(parseWarnings(latin(input))),
    judge: (texts) =>
      texts.every((text) => printable.test(text)) && texts.join("").length <= 4096 ? undefined : "text",
  }),
  target({
    name: "retry after",
    seeds: ["120", "Sun, 22 Nov 2026 13:31:49 GMT"].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => parseRetryAfter(latin(input), 1_000_000),
    judge: (wait) => (Number.isFinite(wait) && wait >= 0 ? undefined : `${wait}`),
  }),
];
