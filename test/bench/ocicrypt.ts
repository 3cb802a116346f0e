/**
 * Encrypts and decrypts one incompressible gzip layer, file to file, by ocicrypt-js and by the skopeo on PATH in the
 * same run. Both verify the source digest; ocicrypt-js also verifies digest and HMAC before it releases plaintext.
 *
 *   node --conditions=apoc-source test/bench/ocicrypt.ts [--json] [--size MIB] [--rounds N]
 */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createGzip } from "node:zlib";
import {
  type Content,
  createHasher,
  type Descriptor,
  encodeCanonicalJson,
  mediaTypes,
  parseManifest,
  readAll,
  sha256Digest,
} from "@apoc/oci";
import { type Layout, openLayout, readFileContent, writeFileContent } from "@apoc/oci/node";
import { decryptLayer, encryptLayer, exportPkcs8, exportSpki, generateImageKey } from "ocicrypt-js";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    size: { type: "string", default: "256" },
    rounds: { type: "string", default: "3" },
  },
});
const mebibytes = Number(values.size);
const rounds = Number(values.rounds);
const run = promisify(execFile);

const directory = await mkdtemp(join(tmpdir(), "apoc-bench-"));
try {
  await bench();
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function bench(): Promise<void> {
  const version = /version (\S+)/.exec((await run("skopeo", ["--version"])).stdout)?.[1] ?? "unknown";
  const peer = `skopeo ${version}`;
  const { publicJwk, privateJwk } = await generateImageKey();
  await writeFile(join(directory, "key.pem"), await exportPkcs8(privateJwk), { mode: 0o600 });
  await writeFile(join(directory, "pub.pem"), await exportSpki(publicJwk));
  await writeFile(join(directory, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
  const plain = await openLayout(join(directory, "plain"), { create: true });
  const layer = await makeImage(plain);

  let encrypted: Descriptor = layer;
  const ours = join(directory, "ours");
  const encrypt = await best(async () => {
    await rm(ours, { force: true });
    const encryption = encryptLayer(layer, plain.fetch(layer), { recipients: [publicJwk] });
    await writeFileContent(ours, encryption.content);
    encrypted = encryption.result();
  });
  const theirs = join(directory, "theirs");
  const theirEncrypt = await best(async () => {
    await rm(theirs, { recursive: true, force: true });
    await skopeo(
      "--encryption-key",
      `jwe:${join(directory, "pub.pem")}`,
      `oci:${plain.directory}:v1`,
      `oci:${theirs}:v1`,
    );
  });
  report("encrypt", layer.size / encrypt, peer, layer.size / theirEncrypt);

  const back = join(directory, "back");
  const decrypt = await best(async () => {
    await rm(back, { force: true });
    await writeFileContent(
      back,
      decryptLayer(encrypted, () => readFileContent(ours), { keys: [privateJwk] }),
    );
  });
  await expectDigest(back, layer.digest);
  const theirBack = join(directory, "their-back");
  const theirDecrypt = await best(async () => {
    await rm(theirBack, { recursive: true, force: true });
    await skopeo("--decryption-key", join(directory, "key.pem"), `oci:${theirs}:v1`, `oci:${theirBack}:v1`);
  });
  const result = await openLayout(theirBack);
  const manifest = parseManifest(await readAll(result, await result.resolve("v1")));
  if (manifest.layers[0]?.digest !== layer.digest) throw new Error("skopeo gave another layer");
  report("decrypt", layer.size / decrypt, peer, layer.size / theirDecrypt);
}

async function makeImage(layout: Layout): Promise<Descriptor> {
  const file = join(directory, "layer");
  const diffId = createHash("sha256");
  async function* tar(): Content {
    // One file whose content is random; its tar header states the size.
    const size = mebibytes * 1024 * 1024;
    const header = Buffer.alloc(512);
    header.write("data", 0);
    header.write("0000644\0", 100);
    header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write("        0", 148);
    header.write("ustar\x0000", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    for (const part of [header, ...Array<undefined>(mebibytes), Buffer.alloc(1024)]) {
      const chunk = part ?? randomBytes(1024 * 1024);
      diffId.update(chunk);
      yield chunk;
    }
  }
  const gzip = createGzip({ level: 0, chunkSize: 256 * 1024 });
  const feed = (async () => {
    for await (const chunk of tar()) {
      if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once("drain", resolve));
    }
    gzip.end();
  })();
  const size = await writeFileContent(file, gzip as AsyncIterable<Uint8Array>);
  await feed;
  const hasher = createHasher();
  for await (const chunk of readFileContent(file)) hasher.update(chunk);
  const layer: Descriptor = { mediaType: mediaTypes.layerGzip, digest: hasher.digest(), size };
  await mkdir(join(layout.directory, "blobs", "sha256"), { recursive: true });
  await rename(file, join(layout.directory, "blobs", "sha256", layer.digest.slice("sha256:".length)));
  const config = encodeCanonicalJson({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [`sha256:${diffId.digest("hex")}`] },
  });
  const configDescriptor = {
    mediaType: mediaTypes.config,
    digest: sha256Digest(config),
    size: config.length,
  };
  await layout.push(configDescriptor, config);
  const manifest = encodeCanonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers: [layer],
  });
  const descriptor = {
    mediaType: mediaTypes.manifest,
    digest: sha256Digest(manifest),
    size: manifest.length,
  };
  await layout.push(descriptor, manifest);
  await layout.tag(descriptor, "v1");
  return layer;
}

async function skopeo(...args: string[]): Promise<void> {
  await run("skopeo", ["--policy", join(directory, "policy.json"), "--tmpdir", directory, "copy", ...args]);
}

async function expectDigest(path: string, digest: string): Promise<void> {
  const hasher = createHasher();
  for await (const chunk of readFileContent(path)) hasher.update(chunk);
  if (hasher.digest() !== digest) throw new Error("ocicrypt-js gave another layer");
}

/** Seconds of the fastest round; caches are warm for both sides alike. */
async function best(work: () => Promise<void>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    fastest = Math.min(fastest, (performance.now() - start) / 1000);
  }
  return fastest;
}

function report(name: string, value: number, peer: string, peerValue: number): void {
  const rate = (bytesPerSecond: number) => Math.round(bytesPerSecond / 104857.6) / 10;
  const ratio = Math.round((value / peerValue) * 100) / 100;
  const line = {
    bench: "ocicrypt",
    case: `${name} ${mebibytes} MiB gzip layer, file to file`,
    value: rate(value),
    unit: "MiB/s",
    peer,
    peerValue: rate(peerValue),
    ratio,
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(line)}\n`
      : `${line.case}: ${line.value} MiB/s, ${peer} ${line.peerValue} MiB/s, ratio ${ratio}\n`,
  );
}
