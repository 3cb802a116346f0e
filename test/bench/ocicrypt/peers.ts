import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { debian13 } from "../../conformance/debian13.ts";

const run = promisify(execFile);

/** A program that encrypts and decrypts images from layout to layout. */
export interface Peer {
  readonly name: string;
  encrypt(from: string, to: string, publicFile: string): Promise<void>;
  decrypt(from: string, to: string, privateFile: string): Promise<void>;
}

/** skopeo of the system, skopeo of Debian 13, and a current containers/image built with Go: those that can be had. */
export async function findPeers(folder: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  const copy = (name: string, program: string, words: readonly string[]): Peer => {
    const work = async (option: string, from: string, to: string) => {
      await rm(to, { recursive: true, force: true });
      await run(program, [...words, ...option.split(" "), `oci:${from}:v1`, `oci:${to}:v1`]);
    };
    return {
      name,
      encrypt: (from, to, file) => work(`--encryption-key jwe:${file}`, from, to),
      decrypt: (from, to, file) => work(`--decryption-key ${file}`, from, to),
    };
  };
  const skopeo = ["--insecure-policy", "--tmpdir", folder, "copy"];
  const finders: Record<string, () => Promise<Peer>> = {
    skopeo: async () => copy(await skopeoName("skopeo"), "skopeo", skopeo),
    "skopeo of Debian 13": async () => {
      await unpackDebian13();
      return copy(await skopeoName(debian13.skopeo), debian13.skopeo, skopeo);
    },
    imgcopy: async () => copy("imgcopy", (await run(script("peers.sh"), ["imgcopy"])).stdout.trim(), []),
  };
  for (const [name, find] of Object.entries(finders)) {
    try {
      peers.push(await find());
    } catch (error) {
      process.stderr.write(`no ${name}: ${String(error).trim().split("\n").at(-1)}\n`);
    }
  }
  return peers;
}

/** skopeo of Debian 13 by itself. */
export async function findSkopeo(): Promise<{ name: string; path: string } | undefined> {
  try {
    await unpackDebian13();
    return { name: await skopeoName(debian13.skopeo), path: debian13.skopeo };
  } catch (error) {
    process.stderr.write(`no skopeo of Debian 13: ${String(error).trim().split("\n").at(-1)}\n`);
    return undefined;
  }
}

async function unpackDebian13(): Promise<void> {
  const folder = fileURLToPath(new URL("../../../.apoc/tools/debian13", import.meta.url));
  await run(script("debian13.sh"), [folder]);
}

async function skopeoName(program: string): Promise<string> {
  const { stdout } = await run(program, ["--version"]);
  return `skopeo ${/version (\S+)/.exec(stdout)?.[1] ?? "?"}`;
}

/** A script of the project that gets what is missing and says so. */
function script(name: string): string {
  return fileURLToPath(new URL(`../../../scripts/${name}`, import.meta.url));
}
