import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Cid, MemoryBlocks, publishToKubo, readCar } from "@apoc/oci";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { directory } from "./build.ts";
import { failure } from "./failure.ts";
import { vectorDirectory } from "./sample.ts";

type Answer = (response: ServerResponse, root: string) => void;
const line = (root: string, error = "") =>
  `${JSON.stringify({ Root: { Cid: { "/": root }, PinErrorMsg: error } })}\n`;
const honest: Answer = (response, root) => response.end(line(root));

let answer: Answer = honest;
let made: Awaited<ReturnType<typeof vectorDirectory>>;
let received: Buffer = Buffer.alloc(0);
let url = "";
let asked: string | undefined;

/** A node that takes an archive as Kubo's RPC does: what it was sent is read as strictly as anything. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  asked = request.url;
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    received = Buffer.concat(chunks);
    const [, boundary = ""] =
      /^multipart\/form-data; boundary=(\S+)$/.exec(request.headers["content-type"] ?? "") ?? [];
    const start = received.indexOf("\r\n\r\n") + 4;
    const end = received.lastIndexOf(`\r\n--${boundary}--\r\n`);
    const store = new MemoryBlocks();
    readCar(received.subarray(start, end), store).then(
      ([root]) => answer(response, String(root)),
      (error: unknown) =>
        response.writeHead(500).end(JSON.stringify({ Message: String(error), Type: "error" })),
    );
  });
});

beforeAll(async () => {
  made = await vectorDirectory();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  answer = honest;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const publish = (api = url) => publishToKubo(made.blocks, made.link.cid, { api });

test("the whole archive is sent, to be pinned, and its progress told", async () => {
  let sent = 0;
  await publishToKubo(made.blocks, made.link.cid, { api: `${url}/`, onProgress: (bytes) => (sent += bytes) });
  expect(asked).toMatch(/^\/api\/v0\/dag\/import\?pin-roots=true/);
  expect(sent).toBeGreaterThan(2_502_000);
  expect(sent).toBeLessThan(received.length);
});

test.for<[string, Answer, string]>([
  [
    "another root",
    (response) => response.end(line(new Cid("dag-pb", "sha2-256", new Uint8Array(32)).toString())),
    "KUBO_ROOT_MISMATCH",
  ],
  [
    "the root as version 0",
    (response) => response.end(line("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")),
    "KUBO_ROOT_MISMATCH",
  ],
  ["two roots", (response, root) => response.end(line(root) + line(root)), "KUBO_ROOT_MISMATCH"],
  ["no root", (response) => response.end('{"Stats":{"BlockCount":1}}\n'), "KUBO_ROOT_MISMATCH"],
  ["nothing", (response) => response.end(), "KUBO_ROOT_MISMATCH"],
  ["a root of another shape", (response) => response.end('{"Root":7}\n'), "KUBO_ROOT_MISMATCH"],
  ["not pinned", (response, root) => response.end(line(root, "no space")), "KUBO_REFUSED"],
  [
    "an error in the middle",
    (response, root) => response.end(`${line(root)}{"Message":"broken","Code":0,"Type":"error"}\n`),
    "KUBO_REFUSED",
  ],
  ["a page in HTML", (response) => response.end("<h1>Hello</h1>"), "KUBO_REFUSED"],
  ["a list", (response) => response.end("[]\n"), "KUBO_ROOT_MISMATCH"],
  ["forbidden", (response) => response.writeHead(403).end("403 - Forbidden"), "KUBO_REFUSED"],
  [
    "an error",
    (response) => response.writeHead(500).end('{"Message":"merkledag: not found","Type":"error"}'),
    "KUBO_REFUSED",
  ],
  [
    "an answer without end",
    (response) => {
      const more = () => {
        while (response.write(`${"x".repeat(1000)}\n`));
        response.once("drain", more);
      };
      more();
    },
    "KUBO_REFUSED",
  ],
  [
    "a redirect",
    (response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    "KUBO_UNREACHABLE",
  ],
  ["a connection that breaks", (response) => response.destroy(), "KUBO_UNREACHABLE"],
])("a node that answers %s", async ([, given, expected]) => {
  answer = given;
  expect(await failure(publish())).toBe(expected);
});

test("no node", async () => {
  expect(await failure(publish("http://127.0.0.1:1"))).toBe("KUBO_UNREACHABLE");
  await expect(publish("127.0.0.1:5001")).rejects.toThrowError(RangeError);
});

test("a block that is not there is told as what it is", async () => {
  const blocks = new MemoryBlocks();
  const root = await directory(blocks, [{ cid: new Cid("raw", "sha2-256", new Uint8Array(32)), name: "a" }]);
  expect(await failure(publishToKubo(blocks, root, { api: url }))).toBe("BLOCK_MISSING");
});

test("an abort ends it with its reason", async () => {
  const abort = new AbortController();
  answer = () => abort.abort(new Error("enough"));
  await expect(publishToKubo(made.blocks, made.link.cid, { api: url, signal: abort.signal })).rejects.toThrow(
    "enough",
  );
});
