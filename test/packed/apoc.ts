/**
 * Uses the packed `apoc` as it is installed, away from this checkout: what is loaded only later, runs in a thread or
 * starts another program must be in the package.
 *
 *   node --conditions=apoc-source test/packed/apoc.ts PATH-OF-APOC
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { buildImage } from "@apoc/devnet/images";

const program = process.argv[2];
if (program === undefined) throw new TypeError("usage: apoc.ts PATH-OF-APOC");
const folder = await mkdtemp(join(tmpdir(), "apoc-packed-"));
const options = {
  cwd: folder,
  env: {
    PATH: process.env["PATH"],
    HOME: folder,
    APOC_PASSWORD_FILE: join(folder, "password"),
    APOC_KEYSTORE_SCRYPT_N: "4096",
  },
};
const servers: ChildProcess[] = [];

/** Runs `apoc ARGS` and gives its JSON result. */
async function apoc(...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(program!, [...args, "--json"], options);
  return JSON.parse(stdout);
}

/** Starts `apoc ARGS`, a server, and gives the first line of its result. */
async function serve(...args: string[]): Promise<Record<string, string>> {
  const child = spawn(program!, [...args, "--json"], { ...options, stdio: ["ignore", "pipe", "inherit"] });
  servers.push(child);
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    once(child, "exit").then(() => Promise.reject(new Error(`apoc ${args.join(" ")} ended`))),
  ])) as [string];
  return JSON.parse(line) as Record<string, string>;
}

/** Digests of what a layout holds, in hex. */
function blobs(layout: string): Promise<string[]> {
  return readdir(join(folder, layout, "blobs", "sha256"));
}

try {
  await writeFile(join(folder, "password"), "a password\n", { mode: 0o600 });

  await apoc("pod", "init", "--out", "pod.yaml");
  const { manifest } = (await apoc("pod", "validate", "pod.yaml")) as { manifest: { containers: unknown[] } };
  assert.equal(manifest.containers.length, 2);

  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(join(folder, "public.pem"), keys.publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(join(folder, "private.pem"), keys.privateKey.export({ type: "pkcs8", format: "pem" }));
  // More than 16 MiB, so that its layer is decrypted in two threads.
  const { layers } = await buildImage(
    { files: [{ path: "/data", content: randomBytes(17 << 20) }] },
    join(folder, "plain"),
  );
  await apoc("image", "encrypt", "oci:plain:latest", "oci:encrypted:latest", "--recipient", "jwe:public.pem");
  await apoc("image", "decrypt", "oci:encrypted:latest", "oci:again:latest", "--key", "private.pem");
  const layer = layers[0]!.descriptor.digest.slice("sha256:".length);
  assert.ok(!(await blobs("encrypted")).includes(layer));
  assert.ok((await blobs("again")).includes(layer));

  const { url } = await serve("registry", "serve", "--listen", "127.0.0.1:0");
  const destination = `docker://${new URL(url!).host}/app:1`;
  await apoc("image", "copy", "oci:encrypted:latest", destination);
  assert.ok(await apoc("image", "inspect", destination));

  const { trustPolicy } = await serve("tee", "serve", "--dir", "tee", "--socket", join(folder, "tee.sock"));
  assert.ok(await apoc("attestation", "policy", "check", trustPolicy!));

  await apoc("wallet", "new", "ada");
  await serve("chain", "serve", "--listen", "127.0.0.1:0", "--add", "local", "--fund", "ada");
  assert.deepEqual(await apoc("market", "apps"), []);
  assert.ok(await apoc("wallet", "balance"));

  const cache = await readdir(join(folder, ".cache", "apoc"));
  assert.equal(cache.length, 1, "compiled code is kept");
  assert.match(await readFile(join(folder, ".config", "apoc", "config.yaml"), "utf8"), /local/);
} finally {
  for (const server of servers) server.kill("SIGTERM");
  await Promise.all(
    servers.filter(({ exitCode }) => exitCode === null).map((server) => once(server, "exit")),
  );
  await rm(folder, { recursive: true, force: true });
}
