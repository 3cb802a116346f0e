import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
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

/** Those that are there: skopeo of the system, skopeo of Debian 13, and a current containers/image built with Go. */
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
  for (const program of ["skopeo", debian13.skopeo]) {
    if (program !== "skopeo" && !existsSync(program)) {
      process.stderr.write("no skopeo of Debian 13: scripts/setup.sh --with debian13\n");
      continue;
    }
    const { stdout } = await run(program, ["--version"]);
    peers.push(copy(`skopeo ${/version (\S+)/.exec(stdout)?.[1] ?? "?"}`, program, skopeo));
  }
  try {
    const script = fileURLToPath(new URL("../../../scripts/peers.sh", import.meta.url));
    const { stdout } = await run(script, ["imgcopy"]);
    peers.push(copy("imgcopy", stdout.trim(), []));
  } catch {
    process.stderr.write("no imgcopy: scripts/peers.sh imgcopy\n");
  }
  return peers;
}
