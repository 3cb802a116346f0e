// Compares this project's IPFS with Kubo, on loopback and offline:
//   node --conditions=apoc-source test/conformance/ipfs/kubo.ts --ipfs PATH [--large] [--write]
// PATH is an `ipfs` program (Kubo 0.38 was used). --large adds files of more than a GiB, whose trees have three levels;
// --write records what Kubo computed in vectors.json. Ends with "N passed, N failed".
import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs, promisify } from "node:util";
import {
  type Content,
  decodeCid,
  GatewayBlocks,
  importFile,
  IpfsImage,
  MemoryBlocks,
  parseCid,
  publishToKubo,
  readCar,
  readDirectory,
  readUnixFsFile,
  sha256Digest,
} from "@apoc/oci";
import { openCar, writeCarFile } from "@apoc/oci/node";
import { pattern, vectorDirectory } from "./sample.ts";
import { fileSizes, readVectors, type Vectors, vectorsFile } from "./vectors.ts";

/** The parameters of docs/spec/image.md, "IPFS", as Kubo's options. */
const parameters = ["--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024"];
const mebibyte = 1024 * 1024;

const { values: given } = parseArgs({
  options: { ipfs: { type: "string" }, large: { type: "boolean" }, write: { type: "boolean" } },
});
if (given.ipfs === undefined) throw new Error("--ipfs PATH is needed");
const program = given.ipfs;
const directory = await mkdtemp(join(tmpdir(), "apoc-kubo-"));
const environment = { ...process.env, IPFS_PATH: join(directory, "repo") };
const run = promisify(execFile);
let passed = 0;
let failed = 0;

async function ipfs(...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { env: environment, maxBuffer: 64 * mebibyte });
  return stdout.trim();
}

function check(name: string, actual: unknown, expected: unknown): void {
  const same = JSON.stringify(actual) === JSON.stringify(expected);
  if (same) passed += 1;
  else failed += 1;
  const difference = `: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`;
  process.stdout.write(`${same ? "ok" : "FAILED"} ${name}${same ? "" : difference.slice(0, 400)}\n`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function* zeros(mebibytes: number): Content {
  const chunk = new Uint8Array(mebibyte);
  for (let i = 0; i < mebibytes; i++) yield chunk;
}

/** Blocks that are named and forgotten. */
class NoBlocks extends MemoryBlocks {
  override async put(): Promise<void> {}
}

/** CIDs of files: what Kubo says, and what we say. */
async function compareFiles(vectors: Vectors): Promise<void> {
  for (const size of fileSizes) {
    const path = join(directory, `file-${size}`);
    await writeFile(path, pattern(size));
    const theirs = await ipfs("add", "-Q", "--only-hash", ...parameters, path);
    const { cid } = await importFile(new NoBlocks(), pattern(size));
    check(`file of ${size} bytes`, cid.toString(), theirs);
    vectors.files[size] = theirs;
    await rm(path);
  }
  if (given.large !== true) return;
  for (const mebibytes of [1024, 1025, 2049]) {
    const path = join(directory, "zeros");
    await pipeline(zeros(mebibytes), createWriteStream(path));
    const theirs = await ipfs("add", "-Q", "--only-hash", ...parameters, path);
    const { cid } = await importFile(new NoBlocks(), zeros(mebibytes));
    check(`${mebibytes} MiB of zeros`, cid.toString(), theirs);
    vectors.zeros[mebibytes] = theirs;
    await rm(path);
  }
}

/** The directory of an image, written as files and added by Kubo. */
async function compareImage(vectors: Vectors): Promise<void> {
  const { link, image } = await vectorDirectory();
  const folder = join(directory, "image");
  for (const name of ["manifests", "blobs"]) await mkdir(join(folder, name), { recursive: true });
  for (const [digest, bytes] of image.blobs) {
    const kind = digest === image.root.digest ? "manifests" : "blobs";
    await writeFile(join(folder, kind, digest), bytes);
  }
  await writeFile(join(folder, "manifests", "1.0"), image.blobs.get(image.root.digest)!);
  const theirs = await ipfs("add", "-Q", "-r", "--pin=false", ...parameters, folder);
  check("directory of an image", link.cid.toString(), theirs);
  const stat = JSON.parse(
    await ipfs("files", "stat", "--format", '{"size":<cumulsize>}', `/ipfs/${theirs}`),
  ) as { size: number };
  check("bytes of its blocks", link.tsize, stat.size);
  vectors.image = { cid: theirs, digest: image.root.digest, tsize: stat.size };
}

/** Archives, both ways. */
async function compareArchives(): Promise<void> {
  const { link, blocks } = await vectorDirectory();
  const root = link.cid.toString();
  const ours = join(directory, "ours.car");
  const theirs = join(directory, "theirs.car");
  await writeCarFile(ours, blocks, link.cid);
  const imported = await ipfs("dag", "import", "--pin-roots=false", "--stats", ours);
  check("Kubo imports our archive", imported.includes("Imported"), true);
  await run("sh", ["-c", `"$0" dag export --progress=false ${root} > "$1"`, program, theirs], {
    env: environment,
  });
  const read = new MemoryBlocks();
  const roots = await readCar(await readFile(theirs), read);
  check("we read Kubo's archive", roots.map(String), [root]);
  check("both archives are equal", sha256Digest(await readFile(theirs)), sha256Digest(await readFile(ours)));
  const opened = await openCar(theirs);
  check("an archive is read in place", opened.root.toString(), root);
}

/** The daemon: its RPC takes what we publish, its gateway gives it back. */
async function compareDaemon(): Promise<void> {
  const [api, gateway] = [await freePort(), await freePort()];
  await ipfs("config", "Addresses.API", `/ip4/127.0.0.1/tcp/${api}`);
  await ipfs("config", "Addresses.Gateway", `/ip4/127.0.0.1/tcp/${gateway}`);
  const daemon = spawn(program, ["daemon", "--offline"], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      let log = "";
      const hear = (text: Buffer) => {
        log += text.toString();
        if (log.includes("Daemon is ready")) resolve();
      };
      daemon.stdout.on("data", hear);
      daemon.stderr.on("data", hear);
      daemon.once("exit", () => reject(new Error(log)));
    });
    const { link, blocks, image } = await vectorDirectory();
    // As Kubo has the blocks from the comparison before: what is published here is another image.
    const extra = await importFile(blocks, pattern(5_000_000, 7));
    const root = link.cid;
    await publishToKubo(blocks, root, { api: `http://127.0.0.1:${api}` });
    await publishToKubo(blocks, extra.cid, { api: `http://127.0.0.1:${api}` });
    const pins = await ipfs("pin", "ls", "--type=recursive", "-q");
    for (const cid of [root, extra.cid])
      check("Kubo pinned what we published", pins.split("\n").includes(cid.toString()), true);
    const fetched = new GatewayBlocks({ gateways: [`http://127.0.0.1:${gateway}`] });
    const found = new IpfsImage({ blocks: fetched, root });
    const descriptor = await found.resolve("1.0");
    check("the gateway gives the manifest", descriptor.digest, image.root.digest);
    for (const layer of image.manifest.layers) {
      const chunks = await Array.fromAsync(found.fetch(layer));
      check(
        `the gateway gives ${layer.digest.slice(0, 20)}`,
        sha256Digest(Buffer.concat(chunks)),
        layer.digest,
      );
    }
    const back = await Array.fromAsync(readUnixFsFile(fetched, extra.cid, extra.size));
    check("the gateway gives a file", sha256Digest(Buffer.concat(back)), sha256Digest(pattern(5_000_000, 7)));
    await compareForeign(fetched);
  } finally {
    daemon.kill("SIGTERM");
    await new Promise((resolve) => daemon.once("exit", resolve));
  }
}

/** What other writers make: Kubo's own defaults, CIDs of version 0, a distributed directory. */
async function compareForeign(fetched: GatewayBlocks): Promise<void> {
  const path = join(directory, "foreign");
  const bytes = pattern(3_000_000, 11);
  await writeFile(path, bytes);
  for (const options of [
    [],
    ["--cid-version=1"],
    ["--chunker=size-65536", "--max-file-links=3"],
    ["--trickle"],
  ]) {
    const theirs = await ipfs("add", "-Q", "--pin=false", ...options, path);
    const text = await ipfs("cid", "format", "-v", "1", "-b", "base32", theirs);
    const chunks = await Array.fromAsync(readUnixFsFile(fetched, parseCid(text), bytes.length));
    const read = sha256Digest(Buffer.concat(chunks));
    check(`a file added with ${options.join(" ") || "the defaults"}`, read, sha256Digest(bytes));
  }
  const folder = join(directory, "many");
  await mkdir(folder);
  const names = Array.from({ length: 3000 }, (_, i) => `${"n".repeat(60)}-${i}`);
  await writeFile(join(directory, "one"), "x");
  for (const name of names) await writeFile(join(folder, name), name);
  const sharded = parseCid(await ipfs("add", "-Q", "-r", "--pin=false", ...parameters, folder));
  const entries = await readDirectory(fetched, sharded);
  check("a distributed directory has its names", [...entries.keys()].toSorted(), names.toSorted());
  const one = entries.get(names[17]!)!;
  check("and its files", Buffer.from(await fetched.get(one.cid)).toString(), names[17]);
  const linked = join(directory, "linked");
  await mkdir(linked);
  await symlink("../one", join(linked, "link"));
  const withLink = parseCid(await ipfs("add", "-Q", "-r", "--pin=false", ...parameters, linked));
  const link = (await readDirectory(fetched, withLink)).get("link")!;
  const outcome = await Array.fromAsync(readUnixFsFile(fetched, link.cid, 6)).then(
    () => "read",
    (error: { code?: string }) => error.code,
  );
  check("a symbolic link is refused", outcome, "APOC-1074");
}

try {
  await ipfs("init", "--empty-repo");
  await ipfs("bootstrap", "rm", "--all");
  for (const [key, value] of [
    ["Addresses.Swarm", "[]"],
    ["Discovery.MDNS.Enabled", "false"],
    ["Swarm.DisableNatPortMap", "true"],
    ["AutoConf.Enabled", "false"],
    ["Bootstrap", "[]"],
    ["DNS.Resolvers", "{}"],
    ["Routing.DelegatedRouters", "[]"],
    ["Ipns.DelegatedPublishers", "[]"],
  ] as const)
    await ipfs("config", "--json", key, value);
  const vectors: Vectors =
    given.write === true ? { files: {}, zeros: {}, image: undefined } : await readVectors();
  const before = JSON.stringify(vectors);
  vectors.kubo = (await ipfs("version", "-n")).trim();
  await compareFiles(vectors);
  await compareImage(vectors);
  if (given.write === true) await writeFile(vectorsFile, `${JSON.stringify(vectors, null, 2)}\n`);
  else check("Kubo computes what is recorded", { ...vectors, kubo: "" }, { ...JSON.parse(before), kubo: "" });
  await compareArchives();
  await compareDaemon();
  check(
    "a CID is read as Kubo writes it",
    decodeCid(parseCid(vectors.image!.cid).bytes).toString(),
    vectors.image!.cid,
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
