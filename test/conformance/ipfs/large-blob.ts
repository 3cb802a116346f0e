// Takes a large layer through every way of IPFS in this process, and tells its speed and the most memory it had:
//   node --conditions=apoc-source test/conformance/ipfs/large-blob.ts [--size MIB] [--step import|car|fetch|publish]
// import: into a directory in IPFS; car: written as an archive and read back in place; fetch: from a gateway in a process
// of its own; publish: to a node's RPC. Prints one JSON document.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  type Content,
  createHasher,
  type Descriptor,
  GatewayBlocks,
  IpfsImage,
  IpfsTarget,
  mediaTypes,
  parseCid,
  publishToKubo,
} from "@apoc/oci";
import { createScratchBlocks, openCar, openCarImage, writeCarFile } from "@apoc/oci/node";
import { serveGateway } from "./gateway.ts";

const mebibyte = 1024 * 1024;

/** What one step took. */
export interface Measured {
  readonly step: string;
  readonly mebibytes: number;
  readonly seconds: number;
  /** Of the process, over its whole life. */
  readonly peakRssMebibytes: number;
}

/** Chunks of which no two are equal. */
async function* content(mebibytes: number): Content {
  const seed = new Uint8Array(mebibyte);
  for (let i = 0; i < seed.length; i++) seed[i] = (i * 2_654_435_761) >>> 24;
  for (let i = 0; i < mebibytes; i++) {
    const chunk = seed.slice();
    new DataView(chunk.buffer).setUint32(0, i);
    yield chunk;
  }
}

async function describe(mebibytes: number): Promise<Descriptor> {
  const hasher = createHasher();
  for await (const chunk of content(mebibytes)) hasher.update(chunk);
  return { mediaType: mediaTypes.layerTar, digest: hasher.digest(), size: mebibytes * mebibyte };
}

/** Serves an archive as a gateway until the parent ends it. */
async function serveArchive(file: string): Promise<void> {
  const { blocks } = await openCar(file);
  const { url } = await serveGateway(blocks);
  process.send?.(url);
}

async function drain(read: Content): Promise<void> {
  for await (const _ of read);
}

/** Takes the layer through one step; what comes before it happens, too, but is not counted. */
export async function measure(step: string, mebibytes: number): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "apoc-large-"));
  const descriptor = await describe(mebibytes);
  try {
    await using blocks = await createScratchBlocks();
    const target = new IpfsTarget(blocks);
    let start = performance.now();
    const done = (): Measured => ({
      step,
      mebibytes,
      seconds: (performance.now() - start) / 1000,
      peakRssMebibytes: Math.round(process.resourceUsage().maxRSS / 1024),
    });
    await target.push(descriptor, content(mebibytes));
    const { cid } = await target.commit();
    if (step === "import") return done();
    start = performance.now();
    if (step === "publish") {
      const node = createServer((request, response) => {
        request
          .resume()
          .on("end", () => response.end(`${JSON.stringify({ Root: { Cid: { "/": cid.toString() } } })}\n`));
      }).listen(0, "127.0.0.1");
      await once(node, "listening");
      await publishToKubo(blocks, cid, { api: `http://127.0.0.1:${(node.address() as AddressInfo).port}` });
      node.close();
      return done();
    }
    const file = join(folder, "image.car");
    await writeCarFile(file, blocks, cid);
    if (step === "car") {
      await drain((await openCarImage(file)).fetch(descriptor));
      return done();
    }
    if (step !== "fetch") throw new RangeError(`no step ${step}`);
    const child = fork(fileURLToPath(import.meta.url), ["--serve", file], { stdio: "inherit" });
    const [url] = (await once(child, "message")) as [string];
    start = performance.now();
    try {
      const image = new IpfsImage({
        blocks: new GatewayBlocks({ gateways: [url] }),
        root: parseCid(cid.toString()),
      });
      await drain(image.fetch(descriptor));
      return done();
    } finally {
      child.kill();
      await once(child, "exit");
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "1024" },
      step: { type: "string", default: "fetch" },
      serve: { type: "string" },
    },
  });
  if (values.serve !== undefined) await serveArchive(values.serve);
  else process.stdout.write(`${JSON.stringify(await measure(values.step, Number(values.size)))}\n`);
}
