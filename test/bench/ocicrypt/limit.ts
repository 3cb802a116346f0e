import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Bytes per second of OpenSSL, by the clock, with one process for each of two cores. */
export interface OpensslSpeed {
  readonly ctr: number;
  readonly sha256: number;
}

/** Asks OpenSSL's own program, so that the limit is taken under the same load as the rest. */
export async function opensslSpeed(): Promise<OpensslSpeed> {
  const speed = async (algorithm: string) => {
    const args = [
      "speed",
      "-mr",
      "-elapsed",
      "-seconds",
      "1",
      "-multi",
      "2",
      "-bytes",
      "131072",
      "-evp",
      algorithm,
    ];
    const { stdout } = await run("openssl", args);
    const value = Number(/^\+F:\d+:[^:]+:([0-9.]+)$/m.exec(stdout)?.[1]);
    if (!(value > 0)) throw new Error(`openssl speed gave no number for ${algorithm}`);
    return value;
  };
  return { ctr: await speed("aes-256-ctr"), sha256: await speed("sha256") };
}

/**
 * Most bytes per second that two cores can encrypt or decrypt as ocicrypt does, with nothing read or written: one pass
 * of AES-256-CTR and three of SHA-256 (digest before, HMAC, digest after), shared out evenly.
 */
export function twoCoreLimit({ ctr, sha256 }: OpensslSpeed): number {
  return 1 / (1 / ctr + 3 / sha256);
}
