/**
 * Encrypts and decrypts incompressible gzip layers, file to file, by ocicrypt-js and by its peers in the same run, which
 * take turns; each figure is the median of the rounds. Both sides check the digest of what they read and state that of
 * what they write; only ocicrypt-js hides the plaintext until everything holds.
 *
 * Each row is also set against what two cores could do at most by OpenSSL's own figures, taken in the same rounds. Our
 * time is without the start of the process, which is the same for any size; that of the peers is with it.
 *
 * Encrypted images of up to 1 GiB are also pushed to Debian's docker-registry, against skopeo of Debian 13.
 *
 *   node --conditions=apoc-source test/bench/ocicrypt.ts [--json] [--sizes 64,256,1024,4096] [--rounds N]
 *     [--only files|parallel|push]
 *
 * Sizes are MiB. Layers above 1 GiB are measured once. The folder is made in TMPDIR, and needs four times the largest
 * layer. More than the system takes into its cache is measured at the speed of the disk: there a folder in memory shows
 * the programs alone.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { parseManifest, readAll } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { type EncryptedLayer, exportPkcs8, exportSpki, generateImageKey } from "ocicrypt-js";
import { dockerRegistryPresent } from "../conformance/peers/docker-registry.ts";
import { type BenchImage, makeImage } from "./ocicrypt/image.ts";
import { opensslSpeed, twoCoreLimit } from "./ocicrypt/limit.ts";
import { findPeers, findSkopeo, type Peer } from "./ocicrypt/peers.ts";
import { comparePush } from "./ocicrypt/push.ts";
import { median, Samples } from "./ocicrypt/samples.ts";
import { steady } from "./ocicrypt/steady.ts";
import type { Work, WorkResult } from "./ocicrypt/work.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    sizes: { type: "string", default: "64,256,1024,4096" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const wanted = (part: "files" | "parallel" | "push") => values.only === undefined || values.only === part;
const run = promisify(execFile);
const mebibyte = 1024 * 1024;
const repository = fileURLToPath(new URL("../..", import.meta.url));
// The packages as they are published: compiled, and found without the condition of this checkout.
await run(join(repository, "node_modules/.bin/tsc"), ["-b", "packages/ocicrypt-js", "packages/oci"], {
  cwd: repository,
});
const worker = stripTypeScriptTypes(await readFile(new URL("ocicrypt/work.ts", import.meta.url), "utf8"));
/** Processor time by size: the ratio to the first size tells whether it grows as the layer does. */
const firstCosts = new Map<string, { readonly size: number; readonly cost: number }>();
const pair = await generateImageKey();
const folder = await mkdtemp(join(tmpdir(), "apoc-bench-"));
try {
  await writeFile(join(folder, "key.pem"), await exportPkcs8(pair.privateJwk), { mode: 0o600 });
  await writeFile(join(folder, "public.pem"), await exportSpki(pair.publicJwk));
  const peers = wanted("files") ? await findPeers(folder) : [];
  for (const size of values.sizes.split(",").map(Number)) {
    const rounds = size > 1024 ? 1 : Number(values.rounds);
    const image = await makeImage(join(folder, "plain"), size);
    if (wanted("files")) await compare(image, size, rounds, peers);
    if (wanted("push") && size <= 1024) await push(image, size, rounds);
    await rm(image.directory, { recursive: true });
  }
  if (wanted("parallel")) await parallel(Number(values.rounds));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** One size: all programs in both directions, in turns. */
async function compare(
  image: BenchImage,
  size: number,
  rounds: number,
  peers: readonly Peer[],
): Promise<void> {
  const rates = { encrypt: new Samples(image.layer.size), decrypt: new Samples(image.layer.size) };
  const costs = { encrypt: [] as number[], decrypt: [] as number[] };
  const limits: number[] = [];
  let memory = 0;
  for (let round = 0; round < rounds; round++) {
    limits.push(twoCoreLimit(await opensslSpeed()));
    const [from, to] = [join(folder, "ours"), join(folder, "back")];
    await steady(folder, image.layer.size);
    const done = await ours({ encrypt: [{ layer: image.layer, from: image.blob, to: from }] });
    const [layer] = done.encrypted as [EncryptedLayer];
    await steady(folder, image.layer.size);
    const undone = await ours({ decrypt: [{ layer, from, to }] });
    if (undone.decrypted[0] !== image.layer.digest) throw new Error("ocicrypt-js gave another layer");
    rates.encrypt.add("", done.seconds);
    rates.decrypt.add("", undone.seconds);
    costs.encrypt.push(done.processorSeconds);
    costs.decrypt.push(undone.processorSeconds);
    memory = Math.max(memory, done.peakMemory, undone.peakMemory);
    await rm(from);
    await rm(to);
    for (const peer of peers) {
      const [theirs, back] = [join(folder, "theirs"), join(folder, "their-back")];
      await steady(folder, image.layer.size);
      rates.encrypt.add(
        peer.name,
        await timed(() => peer.encrypt(image.directory, theirs, join(folder, "public.pem"))),
      );
      await steady(folder, image.layer.size);
      rates.decrypt.add(peer.name, await timed(() => peer.decrypt(theirs, back, join(folder, "key.pem"))));
      const layout = await openLayout(back);
      const manifest = parseManifest(await readAll(layout, await layout.resolve("v1")));
      if (manifest.layers[0]?.digest !== image.layer.digest)
        throw new Error(`${peer.name} gave another layer`);
      await rm(theirs, { recursive: true });
      await rm(back, { recursive: true });
    }
  }
  for (const way of ["encrypt", "decrypt"] as const) {
    const name = `${way} ${size} MiB, file to file`;
    for (const peer of peers) report(name, rates[way].median(""), peer.name, rates[way].median(peer.name));
    report(name, rates[way].median(""), "two cores by openssl speed", median(limits));
    reportCost(way, size, median(costs[way]) / (image.layer.size / 1024 / mebibyte));
  }
  reportMemory(`peak memory, ${size} MiB`, memory);
  reportMemory(`peak memory of streams, ${size} MiB`, await streamMemory(image));
}

/** Greatest memory of a process that encrypts, and of one that decrypts, by streams. */
async function streamMemory({ layer, blob }: BenchImage): Promise<number> {
  const [from, to] = [join(folder, "ours"), join(folder, "back")];
  const done = await ours({ encrypt: [{ layer, from: blob, to: from }], streams: true });
  const undone = await ours({ decrypt: [{ layer: done.encrypted[0]!, from, to }], streams: true });
  await rm(from);
  await rm(to);
  return Math.max(done.peakMemory, undone.peakMemory);
}

/** Two layers of 512 MiB: at the same time, on one thread each, against one after the other. */
async function parallel(rounds: number): Promise<void> {
  const images = [await makeImage(join(folder, "a"), 512), await makeImage(join(folder, "b"), 512)];
  const size = images.reduce((sum, image) => sum + image.layer.size, 0);
  const rates = { encrypt: new Samples(size), decrypt: new Samples(size) };
  const modes = {
    together: { threads: 1 },
    "one thread": { threads: 1, inTurn: true },
    "in turn": { inTurn: true },
  } as const;
  let memory = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [name, mode] of Object.entries(modes)) {
      const to = (i: number) => join(folder, `encrypted-${i}`);
      await steady(folder, size);
      const done = await ours({
        encrypt: images.map((image, i) => ({ layer: image.layer, from: image.blob, to: to(i) })),
        ...mode,
      });
      await steady(folder, size);
      const undone = await ours({
        decrypt: done.encrypted.map((layer, i) => ({ layer, from: to(i), to: join(folder, `back-${i}`) })),
        ...mode,
      });
      rates.encrypt.add(name, done.seconds);
      rates.decrypt.add(name, undone.seconds);
      for (const i of images.keys()) {
        await rm(to(i));
        await rm(join(folder, `back-${i}`));
      }
      if (name === "together") memory = Math.max(memory, done.peakMemory, undone.peakMemory);
    }
  }
  for (const way of ["encrypt", "decrypt"] as const) {
    const together = rates[way].median("together");
    report(
      `${way} 2 x 512 MiB at the same time`,
      together,
      "one thread, in turn",
      rates[way].median("one thread"),
    );
    report(
      `${way} 2 x 512 MiB at the same time`,
      together,
      "two threads, in turn",
      rates[way].median("in turn"),
    );
  }
  reportMemory("peak memory, 2 x 512 MiB at the same time", memory);
}

/** One size: an encrypted image to a registry. */
async function push(image: BenchImage, size: number, rounds: number): Promise<void> {
  const skopeo = await findSkopeo();
  if (skopeo === undefined || !(await dockerRegistryPresent())) return;
  const rates = await comparePush(image, pair.publicJwk, skopeo.path, rounds);
  report(`push/${size} MiB to docker-registry`, rates.ours, skopeo.name, rates.peer);
}

async function ours(work: Omit<Work, "recipient" | "key">): Promise<WorkResult> {
  const argument: Work = { ...work, recipient: pair.publicJwk, key: pair.privateJwk };
  const args = ["--input-type=module", "--eval", worker, JSON.stringify(argument)];
  const { stdout } = await run(process.execPath, args, { cwd: repository });
  return JSON.parse(stdout) as WorkResult;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function report(name: string, rate: number, peer: string, peerRate: number): void {
  const round = (bytesPerSecond: number) => Math.round((bytesPerSecond / mebibyte) * 10) / 10;
  print({
    bench: "ocicrypt",
    case: name,
    value: round(rate),
    unit: "MiB/s",
    peer,
    peerValue: round(peerRate),
    ratio: Math.round((rate / peerRate) * 100) / 100,
  });
}

function reportCost(way: string, size: number, secondsPerGibibyte: number): void {
  const value = Math.round(secondsPerGibibyte * 100) / 100;
  const first = firstCosts.get(way) ?? { size, cost: value };
  firstCosts.set(way, first);
  print({
    bench: "ocicrypt",
    case: `${way} ${size} MiB, processor time`,
    value,
    unit: "s/GiB",
    peer: `${first.size} MiB`,
    peerValue: first.cost,
    ratio: Math.round((value / first.cost) * 100) / 100,
  });
}

/** Against the bound that a layer of any size has to keep. */
function reportMemory(name: string, bytes: number): void {
  const value = Math.round(bytes / mebibyte);
  const ratio = Math.round((value / 128) * 100) / 100;
  print({ bench: "ocicrypt", case: name, value, unit: "MiB", peer: "bound", peerValue: 128, ratio });
}

function print(line: Record<string, string | number>): void {
  const { case: name, value, unit, peer, peerValue, ratio } = line;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(line)}\n`
      : `${String(name).padEnd(42)} ${value} ${unit}, ${peer} ${peerValue} ${unit}, ratio ${ratio}\n`,
  );
}
