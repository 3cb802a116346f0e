import { type BlockEvent, type Cid, GatewayBlocks, type GatewayOptions, IpfsImage } from "@apoc/oci";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { failure } from "./failure.ts";
import { type Fault, type Gateway, serveGateway } from "./gateway.ts";
import { pattern, vectorDirectory } from "./sample.ts";

const raw = { "content-type": "application/vnd.ipld.raw" };
let made: Awaited<ReturnType<typeof vectorDirectory>>;
let gateway: Gateway;
let honest: Gateway;
let elsewhere: Gateway;

beforeAll(async () => {
  made = await vectorDirectory();
  [gateway, honest, elsewhere] = (await Promise.all([1, 2, 3].map(() => serveGateway(made.blocks)))) as [
    Gateway,
    Gateway,
    Gateway,
  ];
});
beforeEach(() => {
  for (const one of [gateway, honest, elsewhere]) {
    one.fault = undefined;
    one.requests.length = 0;
  }
});
afterAll(async () => {
  for (const one of [gateway, honest, elsewhere]) await one?.[Symbol.asyncDispose]();
});

const open = (options: Partial<GatewayOptions> = {}) =>
  new GatewayBlocks({
    gateways: [gateway.url],
    timeoutMilliseconds: 400,
    backOffMilliseconds: 1,
    ...options,
  });

/** Other bytes, where the block is asked for. */
const instead =
  (change: (block: Uint8Array) => Uint8Array): Fault =>
  async ({ response, block }) => {
    response.writeHead(200, raw).end(change(await block()));
    return true;
  };

/** An answer that does not depend on the block. */
const plainly =
  (status: number, headers: Record<string, string>, body: string | Uint8Array = ""): Fault =>
  ({ response }) => {
    response.writeHead(status, headers).end(body);
    return true;
  };

const faults: [name: string, fault: Fault, expected: string][] = [
  [
    "a flipped bit",
    instead((block) => block.map((byte, i) => (i === 0 ? byte ^ 1 : byte))),
    "BLOCK_MISMATCH",
  ],
  ["one byte less", instead((block) => block.subarray(1)), "BLOCK_MISMATCH"],
  ["one byte more", instead((block) => Buffer.concat([block, block.subarray(0, 1)])), "BLOCK_MISMATCH"],
  ["nothing at all", instead(() => new Uint8Array()), "BLOCK_MISMATCH"],
  ["another block", instead(() => pattern(100)), "BLOCK_MISMATCH"],
  [
    "a node that would have itself as a child",
    async ({ response }) => {
      response.writeHead(200, raw).end(await made.blocks.get(made.link.cid));
      return true;
    },
    "none",
  ],
  ["3 MiB", instead(() => new Uint8Array(3 * 1024 * 1024)), "BLOCK_TOO_LARGE"],
  [
    "a body without end",
    ({ response }) => {
      response.writeHead(200, raw);
      const more = () => {
        while (response.write(new Uint8Array(65_536)));
        response.once("drain", more);
      };
      more();
      return true;
    },
    "BLOCK_TOO_LARGE",
  ],
  ["a length of 1 GiB", plainly(200, { ...raw, "content-length": String(2 ** 30) }, "x"), "BLOCK_TOO_LARGE"],
  [
    "a body that stays out",
    ({ response }) => {
      response.writeHead(200, raw).write("x");
      return true;
    },
    "GATEWAY_UNREACHABLE",
  ],
  ["silence", () => true, "GATEWAY_UNREACHABLE"],
  [
    "a connection that breaks",
    ({ response }) => {
      response.writeHead(200, { ...raw, "content-length": "1000" }).write("x");
      setTimeout(() => response.destroy(), 5);
      return true;
    },
    "GATEWAY_UNREACHABLE",
  ],
  ["a page in HTML", plainly(200, { "content-type": "text/html" }, "<h1>Hello</h1>"), "GATEWAY_PROTOCOL"],
  ["an archive", plainly(200, { "content-type": "application/vnd.ipld.car" }, "x"), "GATEWAY_PROTOCOL"],
  ["no type", plainly(200, {}, "x"), "GATEWAY_PROTOCOL"],
  ["a part", plainly(206, { ...raw, "content-range": "bytes 0-0/9" }, "x"), "GATEWAY_PROTOCOL"],
  ["a refusal", plainly(403, raw), "GATEWAY_PROTOCOL"],
  ["too much to do", plainly(429, { "retry-after": "1" }), "GATEWAY_UNREACHABLE"],
  ["a fault of its own", plainly(502, {}), "GATEWAY_UNREACHABLE"],
  ["nothing there", plainly(404, {}), "BLOCK_MISSING"],
  ["gone", plainly(410, {}), "BLOCK_MISSING"],
  ["a redirect to nowhere", plainly(302, {}), "GATEWAY_PROTOCOL"],
  ["a redirect to a file", plainly(302, { location: "file:///etc/passwd" }), "GATEWAY_REDIRECT"],
  [
    "a redirect to another host",
    ({ request, response }) => {
      response.writeHead(302, { location: `${elsewhere.url}${request.url}` }).end();
      return true;
    },
    "GATEWAY_REDIRECT",
  ],
  [
    "a redirect to a host that begins alike",
    plainly(307, { location: "http://127.0.0.1.evil.example/ipfs/x" }),
    "GATEWAY_REDIRECT",
  ],
  [
    "redirects in a circle",
    ({ request, response }) => {
      response.writeHead(301, { location: request.url }).end();
      return true;
    },
    "GATEWAY_PROTOCOL",
  ],
];

describe("one lying gateway", () => {
  test.for(faults)("%s", async ([, fault, expected]) => {
    gateway.fault = fault;
    expect(await failure(open().get(made.link.cid))).toBe(expected);
    // Who else was named by the gateway was not asked.
    expect(elsewhere.requests).toEqual([]);
  });

  test("children that are their own ancestors are refused, so nothing loops", async () => {
    gateway.fault = faults[5]![1];
    const image = new IpfsImage({ blocks: open(), root: made.link.cid });
    expect(await failure(image.resolve("1.0"))).toBe("BLOCK_MISMATCH");
    expect(gateway.requests).toHaveLength(2);
  });
});

/** A gateway by a name, of which each URL is answered here. */
function named(name: string, answer: (url: URL) => { status: number; location?: string }): GatewayBlocks {
  const fetch = async (input: string | URL | Request) => {
    const { status, location } = answer(new URL(input as string));
    const block = new Uint8Array(await made.blocks.get(made.link.cid));
    return new Response(status === 200 ? block : null, {
      status,
      headers: location === undefined ? raw : { location },
    });
  };
  return new GatewayBlocks({ gateways: [name], fetch });
}

describe("a gateway that redirects", () => {
  test.for([
    ["https://gateway.example", "https://{cid}.ipfs.gateway.example/?format=raw", "none"],
    ["http://gateway.example", "https://gateway.example/ipfs/{cid}?format=raw", "none"],
    ["https://gateway.example", "http://gateway.example/ipfs/{cid}?format=raw", "GATEWAY_REDIRECT"],
    ["https://gateway.example", "https://evilgateway.example/ipfs/{cid}?format=raw", "GATEWAY_REDIRECT"],
    ["https://gateway.example", "https://example/ipfs/{cid}?format=raw", "GATEWAY_REDIRECT"],
    ["https://gateway.example", "https://gateway.example:8443/ipfs/{cid}?format=raw", "GATEWAY_REDIRECT"],
    ["https://gateway.example", "https://gateway.example@evil.example/", "GATEWAY_REDIRECT"],
    ["https://gateway.example", "//evil.example/", "GATEWAY_REDIRECT"],
  ] as const)("from %s to %s", async ([from, to, expected]) => {
    const location = to.replace("{cid}", made.link.cid.toString());
    const first = `${from}/ipfs/${made.link.cid.toString()}?format=raw`;
    const blocks = named(from, ({ href }) => (href === first ? { status: 302, location } : { status: 200 }));
    expect(await failure(blocks.get(made.link.cid))).toBe(expected);
  });

  test("a gateway must be a base URL", () => {
    for (const text of [
      "gateway.example",
      "ftp://gateway.example",
      "https://gateway.example/?a",
      "https://u:p@g.example",
    ])
      expect(() => new GatewayBlocks({ gateways: [text] })).toThrowError(RangeError);
  });
});

describe("several gateways", () => {
  test.for(faults.filter(([name]) => name !== "a node that would have itself as a child"))(
    "%s, and the next one is asked",
    async ([, fault]) => {
      gateway.fault = fault;
      const blocks = open({ gateways: [gateway.url, honest.url] });
      expect(await blocks.get(made.link.cid)).toEqual(await made.blocks.get(made.link.cid));
    },
  );

  test("one that returned wrong bytes is not asked again; one that was unreachable is", async () => {
    const children = await cids();
    gateway.fault = faults[0]![1];
    const blocks = open({ gateways: [gateway.url, honest.url] });
    for (const cid of children) await blocks.get(cid);
    expect(gateway.requests).toHaveLength(1);
    expect(honest.requests).toEqual(children.map(String));
    let away = true;
    gateway.fault = ({ response }) => {
      if (away) response.writeHead(503).end();
      const failed = away;
      away = false;
      return failed;
    };
    gateway.requests.length = 0;
    await open().get(children[0]!);
    expect(gateway.requests).toHaveLength(2);
  });

  test("the worst failure is reported, with everybody who was asked", async () => {
    gateway.fault = plainly(404, {});
    honest.fault = faults[0]![1];
    elsewhere.fault = plainly(502, {});
    const urls = [gateway.url, honest.url, elsewhere.url];
    await expect(open({ gateways: urls }).get(made.link.cid)).rejects.toMatchObject({
      code: "APOC-1072",
      detail: expect.stringContaining(`${elsewhere.host}: APOC-1084`),
    });
    honest.fault = plainly(404, {});
    expect(await failure(open({ gateways: urls }).get(made.link.cid))).toBe("GATEWAY_UNREACHABLE");
    elsewhere.fault = plainly(404, {});
    expect(await failure(open({ gateways: urls }).get(made.link.cid))).toBe("BLOCK_MISSING");
    expect(await failure(open({ gateways: [] }).get(made.link.cid))).toBe("GATEWAY_MISSING");
  });
});

describe("an image from a gateway", () => {
  test("is fetched with few concurrent requests, reported block by block", async () => {
    let running = 0;
    let most = 0;
    gateway.fault = async ({ response, block }) => {
      most = Math.max(most, ++running);
      // Time for another one to come, however busy the machine is; only the first blocks have none beside them.
      for (let waits = 0; waits < 40 && (waits === 0 || most < 2); waits++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      response.writeHead(200, raw).end(await block(), () => (running -= 1));
      return true;
    };
    const events: BlockEvent[] = [];
    const blocks = open({ concurrency: 2, onBlock: (event) => events.push(event) });
    const image = new IpfsImage({ blocks, root: made.link.cid });
    for (const layer of made.image.manifest.layers) {
      const bytes = Buffer.concat(await Array.fromAsync(image.fetch(layer)));
      expect(bytes.equals(made.image.blobs.get(layer.digest)!)).toBe(true);
    }
    expect(most).toBe(2);
    expect(events.map(({ cid }) => cid).toSorted()).toEqual(gateway.requests.toSorted());
    expect(events.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(2_501_000);
  });

  test("an abort ends it with its reason, and no request remains", async () => {
    const abort = new AbortController();
    const [, layer] = made.image.manifest.layers;
    let closed = 0;
    const image = new IpfsImage({ blocks: open({ timeoutMilliseconds: 60_000 }), root: made.link.cid });
    await image.folders();
    gateway.fault = ({ response }) => {
      response.once("close", () => (closed += 1));
      return true;
    };
    const reading = Array.fromAsync(image.fetch(layer!, { signal: abort.signal }));
    await expect.poll(() => gateway.requests.length).toBe(4);
    abort.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await expect.poll(() => closed).toBe(1);
  });

  test("a reader that stops early leaves nothing running", async () => {
    const [, layer] = made.image.manifest.layers;
    const image = new IpfsImage({ blocks: open(), root: made.link.cid });
    for await (const chunk of image.fetch(layer!)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});

/** The children of the root. */
async function cids(): Promise<Cid[]> {
  const image = new IpfsImage({ blocks: made.blocks, root: made.link.cid });
  const { blobs, manifests } = await image.folders();
  return [...blobs.values(), ...manifests.values()].map(({ cid }) => cid).slice(0, 3);
}
