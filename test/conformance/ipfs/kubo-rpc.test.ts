import { Cid, MemoryBlocks, publishToKubo } from "@apoc/oci";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { directory } from "./build.ts";
import { failure } from "./failure.ts";
import { honest, type NodeRpc, rootLine, type RpcAnswer, serveNodeRpc } from "./node-rpc.ts";
import { vectorDirectory } from "./sample.ts";

let rpc: NodeRpc;
let made: Awaited<ReturnType<typeof vectorDirectory>>;

beforeAll(async () => {
  made = await vectorDirectory();
  rpc = await serveNodeRpc(new MemoryBlocks());
});
beforeEach(() => {
  rpc.answer = honest;
});
afterAll(() => rpc?.[Symbol.asyncDispose]());

const publish = (api = rpc.url) => publishToKubo(made.blocks, made.link.cid, { api });

test("the whole archive is sent, pinned, and its progress reported", async () => {
  let sent = 0;
  await publishToKubo(made.blocks, made.link.cid, {
    api: `${rpc.url}/`,
    onProgress: (bytes) => (sent += bytes),
  });
  expect(rpc.asked.path).toMatch(/^\/api\/v0\/dag\/import\?pin-roots=true/);
  expect(sent).toBeGreaterThan(2_502_000);
  expect(sent).toBeLessThan(rpc.asked.bytes);
});

test.for<[string, RpcAnswer, string]>([
  [
    "another root",
    (response) => response.end(rootLine(new Cid("dag-pb", "sha2-256", new Uint8Array(32)).toString())),
    "KUBO_ROOT_MISMATCH",
  ],
  [
    "the root as version 0",
    (response) => response.end(rootLine("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn")),
    "KUBO_ROOT_MISMATCH",
  ],
  ["two roots", (response, root) => response.end(rootLine(root) + rootLine(root)), "KUBO_ROOT_MISMATCH"],
  ["no root", (response) => response.end('{"Stats":{"BlockCount":1}}\n'), "KUBO_ROOT_MISMATCH"],
  ["nothing", (response) => response.end(), "KUBO_ROOT_MISMATCH"],
  ["a root of another shape", (response) => response.end('{"Root":7}\n'), "KUBO_ROOT_MISMATCH"],
  ["not pinned", (response, root) => response.end(rootLine(root, "no space")), "KUBO_REFUSED"],
  [
    "an error in the middle",
    (response, root) => response.end(`${rootLine(root)}{"Message":"broken","Code":0,"Type":"error"}\n`),
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
  rpc.answer = given;
  expect(await failure(publish())).toBe(expected);
});

test("no node", async () => {
  expect(await failure(publish("http://127.0.0.1:1"))).toBe("KUBO_UNREACHABLE");
  await expect(publish("127.0.0.1:5001")).rejects.toThrowError(RangeError);
});

test("a missing block is reported as missing", async () => {
  const blocks = new MemoryBlocks();
  const root = await directory(blocks, [{ cid: new Cid("raw", "sha2-256", new Uint8Array(32)), name: "a" }]);
  expect(await failure(publishToKubo(blocks, root, { api: rpc.url }))).toBe("BLOCK_MISSING");
});

test("an abort ends it with its reason", async () => {
  const abort = new AbortController();
  rpc.answer = () => abort.abort(new Error("enough"));
  await expect(
    publishToKubo(made.blocks, made.link.cid, { api: rpc.url, signal: abort.signal }),
  ).rejects.toThrow("enough");
});
