import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** Encrypts and decrypts so many bytes in a process of its own, and tells by how much its memory grew at most. */
async function growth(bytes: number): Promise<number> {
  const program = `
    import { readFileSync } from "node:fs";
    import { decryptLayer, encryptLayer, generateImageKey } from ${JSON.stringify(fileURLToPath(import.meta.resolve("./index.ts")))};
    const memory = (name) => Number(new RegExp(name + ":\\\\s+(\\\\d+) kB").exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
    const chunk = 64 * 1024;
    async function* plain() {
      for (let at = 0; at < ${bytes}; at += chunk) yield Buffer.allocUnsafeSlow(chunk).fill(7);
    }
    const { publicJwk, privateJwk } = await generateImageKey();
    const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
    const kept = [];
    const small = encryptLayer({ mediaType }, (async function* () { yield Buffer.alloc(10); })(), { recipients: [publicJwk] });
    for await (const piece of small.content) kept.push(piece);
    for await (const piece of decryptLayer(small.result(), async function* () { yield* kept; }, { keys: [privateJwk] })) void piece;
    const before = memory("VmHWM");
    const large = encryptLayer({ mediaType }, plain(), { recipients: [publicJwk] });
    for await (const piece of large.content) void piece;
    process.stdout.write(String(memory("VmHWM") - before));
  `;
  const { stdout } = await run(process.execPath, [
    "--conditions=apoc-source",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "--eval",
    program,
  ]);
  return Number(stdout);
}

test("a stream keeps few of the chunks that nobody has any more", { timeout: 60_000 }, async () => {
  expect(await growth(384 * mebibyte)).toBeLessThan(48 * mebibyte);
});
