import { spawn } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import type { EncryptedLayer } from "ocicrypt-js";
import { debian13 } from "../debian13.ts";

/** What a run of containerd's decoder gave. */
export interface DecoderRun {
  readonly code: number | null;
  readonly plain: Buffer;
  readonly complaint: string;
}

/**
 * Runs Debian 13's ctd-decoder as containerd does: ciphertext on stdin, on descriptor 3 a protobuf Any with the layer's
 * descriptor as JSON, plaintext on stdout.
 */
export async function runDecoder(
  layer: EncryptedLayer,
  ciphertext: Uint8Array,
  options: { readonly folder: string; readonly env?: NodeJS.ProcessEnv; readonly args?: readonly string[] },
): Promise<DecoderRun> {
  const payload = JSON.stringify({ DecryptConfig: { Parameters: {} }, Descriptor: layer });
  const path = `${options.folder}/payload`;
  await writeFile(path, any("io.containerd.ocicrypt.v1.Payload", Buffer.from(payload)));
  const handle = await open(path);
  try {
    const child = spawn(debian13.decoder, options.args ?? [], {
      stdio: ["pipe", "pipe", "pipe", handle.fd],
      env: { ...process.env, STREAM_PROCESSOR_MEDIATYPE: layer.mediaType, ...options.env },
    });
    const plain: Buffer[] = [];
    const complaint: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => plain.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => complaint.push(chunk));
    child.stdin?.on("error", () => {});
    child.stdin?.end(ciphertext);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { code, plain: Buffer.concat(plain), complaint: Buffer.concat(complaint).toString() };
  } finally {
    await handle.close();
  }
}

/** google.protobuf.Any: field 1 the type, field 2 the value. */
function any(type: string, value: Buffer): Buffer {
  const field = (number: number, bytes: Buffer) => {
    const length: number[] = [];
    for (let left = bytes.length; ; left >>>= 7) {
      length.push(left < 0x80 ? left : (left & 0x7f) | 0x80);
      if (left < 0x80) break;
    }
    return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
  };
  return Buffer.concat([field(1, Buffer.from(type)), field(2, value)]);
}
