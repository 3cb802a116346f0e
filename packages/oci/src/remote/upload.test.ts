import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type Content, type Descriptor, RemoteRepository, sha256Digest } from "../index.ts";
import { failure } from "../sample-image.test.data.ts";

const bytes = randomBytes(5_000_000);
const blob: Descriptor = { mediaType: "x/y", digest: sha256Digest(bytes), size: bytes.length };

interface Patch {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Number of this PATCH, from 1 on. */
  readonly count: number;
}

/** What a registry does in place of taking a PATCH; false where it takes it. */
type Misbehave = (patch: Patch) => boolean | Promise<boolean>;

/** A registry for one upload, over HTTP, which keeps what has come of a broken request. */
async function registry(misbehave: Misbehave = () => false, chunkSize = 1_000_000) {
  const state = { stored: Buffer.alloc(0) as Buffer, asked: [] as string[] };
  let patches = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method, headers } = request;
    state.asked.push(method === "PATCH" ? `PATCH ${headers["content-range"]}` : (method ?? ""));
    response.setHeader("location", "/v2/a/blobs/uploads/1");
    if (method === "PATCH") {
      if (await misbehave({ request, response, count: ++patches })) return;
      expect(headers["content-length"]).toBeDefined();
      for await (const chunk of request) state.stored = Buffer.concat([state.stored, chunk as Buffer]);
    }
    if (method === "GET") response.setHeader("range", `0-${Math.max(0, state.stored.length - 1)}`);
    response.writeHead({ GET: 204, HEAD: 404, POST: 202, PATCH: 202, PUT: 201 }[method ?? ""] ?? 204).end();
  };
  // A body that breaks off.
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repository = new RemoteRepository({
    reference: `${host}/a`,
    chunkSize,
    backOffMilliseconds: 1,
    credentials: async () => ({ username: "a", password: "b" }),
  });
  return { state, repository };
}

/** The bytes in pieces, as a generator: they can be had once. */
async function* pieces(size: number, of: Uint8Array = bytes): Content {
  for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
}
const again = (size: number): Content => ({
  [Symbol.asyncIterator]: () => pieces(size)[Symbol.asyncIterator](),
});

/** Takes so many bytes and breaks the connection. */
async function takeAndBreak({ request }: Patch, count: number): Promise<Buffer> {
  const { socket } = request;
  const taken: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    taken.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= count) break;
  }
  socket.destroy();
  return Buffer.concat(taken);
}

test.for([100, 65_536, 262_144, 5_000_000])(
  "all goes in one request, in pieces of %i bytes",
  async (size) => {
    const { state, repository } = await registry();
    await repository.push(blob, pieces(size));
    expect(state.asked).toEqual(["POST", "PATCH 0-4999999", "PUT"]);
    expect(state.stored.equals(bytes)).toBe(true);
  },
);

test("what is too much for a registry goes in chunks", async () => {
  const { state, repository } = await registry(({ request, response }) => {
    if (Number(request.headers["content-length"]) <= 1_500_000) return false;
    response.writeHead(413, { connection: "close" }).end();
    return true;
  });
  await repository.push(blob, bytes);
  expect(state.asked.filter((line) => line.startsWith("PATCH")).slice(1)).toEqual(
    [0, 1, 2, 3, 4].map((i) => `PATCH ${i * 1_000_000}-${i}999999`.replace("-0", "-")),
  );
  expect(state.stored.equals(bytes)).toBe(true);
});

test.for([
  [401, { "www-authenticate": "Basic realm=x" }],
  [307, { location: "/v2/a/blobs/uploads/elsewhere" }],
] as const)("%i in the middle is answered", async ([status, headers]) => {
  const { state, repository } = await registry(async ({ request, response }) => {
    if (request.headers.authorization !== undefined || request.url?.endsWith("elsewhere") === true)
      return false;
    for await (const _ of request);
    response.writeHead(status, headers).end();
    return true;
  });
  await repository.push(blob, bytes);
  expect(state.stored.equals(bytes)).toBe(true);
});

test("a broken request goes on from what is held", async () => {
  const { state, repository } = await registry(async (patch) => {
    if (patch.count !== 1) return false;
    state.stored = await takeAndBreak(patch, 200_000);
    return true;
  }, bytes.length);
  await repository.push(blob, pieces(262_144));
  expect(state.stored.equals(bytes)).toBe(true);
  expect(state.asked[3]).toMatch(/^PATCH [1-9]\d+-[1-9]\d+$/);
});

test("content that can be read again is, when the registry's offset is before what is held; other content is lost", async () => {
  for (const [content, expected] of [
    [pieces(100_000), "UPLOAD_LOST"],
    [again(100_000), "none"],
    [bytes, "none"],
  ] as const) {
    // Everything arrives, and nothing is kept.
    const { state, repository } = await registry(async (patch) => {
      if (patch.count !== 1) return false;
      await takeAndBreak(patch, 4_000_000);
      return true;
    });
    expect(await failure(repository.push(blob, content))).toBe(expected);
    expect(state.stored.equals(bytes)).toBe(expected === "none");
    expect(state.asked.includes("DELETE")).toBe(content !== bytes);
  }
});

test("a registry that loses what it has confirmed does not follow the specification", async () => {
  const { state, repository } = await registry(async (patch) => {
    if (patch.count === 1) patch.response.writeHead(413, { connection: "close" }).end();
    if (patch.count === 3) {
      await takeAndBreak(patch, 100_000);
      state.stored = state.stored.subarray(0, 500_000);
    }
    return patch.count !== 2;
  });
  expect(await failure(repository.push(blob, bytes))).toBe("REGISTRY_PROTOCOL");
});

test("a source that fails ends the upload with its own error, and the upload is cancelled", async () => {
  const flipped = Buffer.from(bytes);
  flipped[4_999_999] = (flipped[4_999_999] ?? 0) ^ 1;
  async function* broken(): Content {
    yield bytes.subarray(0, 2_000_000);
    throw new RangeError("the disk");
  }
  for (const [content, expected] of [
    [pieces(262_144, flipped), "DIGEST_MISMATCH"],
    [pieces(262_144, bytes.subarray(1)), "SIZE_MISMATCH"],
    [broken(), "the disk"],
  ] as const) {
    const { state, repository } = await registry();
    expect(await failure(repository.push(blob, content))).toContain(expected);
    expect(state.asked.filter((line) => line.startsWith("PATCH")).length).toBeLessThan(2);
    expect(state.asked.at(-1)).toBe("DELETE");
    expect(state.asked).not.toContain("PUT");
  }
});

test("an abort ends the upload", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const { state, repository } = await registry(async ({ request }) => {
    for await (const _ of request) controller.abort(reason);
    return true;
  });
  await expect(repository.push(blob, pieces(262_144), { signal: controller.signal })).rejects.toBe(reason);
  expect(state.asked.at(-1)).toBe("DELETE");
});

test("a registry that does not read keeps the source from being read", async () => {
  let given = 0;
  const size = 64 * 1024 * 1024;
  async function* zeros(): Content {
    for (; given < size; given += 262_144) yield new Uint8Array(262_144);
  }
  const controller = new AbortController();
  const { repository } = await registry(async () => {
    for (let before = -1; before !== given; await sleep(50)) before = given;
    controller.abort(new Error("enough"));
    return true;
  });
  const large = { ...blob, size };
  expect(await failure(repository.push(large, zeros(), { signal: controller.signal }))).toContain("enough");
  expect(given).toBeLessThan(size / 2);
});
