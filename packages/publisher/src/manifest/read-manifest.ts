import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type LoadedPod, loadPodManifest } from "@apoc/core";
import { fileErrors } from "@apoc/client/files";
import { ApocError } from "@apoc/errors";
import { type Context } from "@apoc/terminal";
import { publisherErrors } from "../errors.ts";

const manifestLimit = 1 << 20;
const secretLimit = 1 << 20;

/**
 * Loads a pod manifest from a file or, with `-`, from standard input; secrets of `--secret name=@FILE` win over those in
 * the manifest. Throws FILE_UNREADABLE, SECRET_SYNTAX and what `loadPodManifest` throws.
 */
export async function readManifest(
  ctx: Pick<Context, "cwd" | "io">,
  file: string,
  secrets: readonly string[] = [],
): Promise<LoadedPod> {
  const path = resolve(ctx.cwd, file);
  const text = file === "-" ? await readStream(ctx.io.stdin) : decode(await readLimited(path, manifestLimit));
  const folder = file === "-" ? ctx.cwd : dirname(path);
  const given = await Promise.all(secrets.map((text) => readSecret(text, ctx.cwd)));
  return loadPodManifest(text, {
    defaultName: file === "-" ? "pod" : podName(path),
    readFile: (name) => readLimited(resolve(folder, name), secretLimit),
    secrets: new Map(given),
  });
}

/** `name=@FILE`: a value on the command line would be seen by every process of the machine. */
async function readSecret(text: string, cwd: string): Promise<readonly [string, Uint8Array]> {
  const match = /^([A-Za-z0-9._/-]+)=@(.+)$/s.exec(text);
  if (match === null) {
    throw new ApocError(publisherErrors.SECRET_SYNTAX, {
      field: "--secret",
      expected: "name=@FILE",
      actual: text.replace(/=.*$/s, "=…"),
    });
  }
  return [match[1] ?? "", await readLimited(resolve(cwd, match[2] ?? ""), secretLimit)];
}

async function readLimited(path: string, limit: number): Promise<Uint8Array> {
  const data = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const detail = cause.code === "ENOENT" ? "There is no such file." : cause.message;
    throw new ApocError(fileErrors.FILE_UNREADABLE, { field: path, detail, cause });
  });
  if (data.length <= limit) return new Uint8Array(data);
  throw new ApocError(fileErrors.FILE_UNREADABLE, {
    field: path,
    expected: `at most ${limit} bytes`,
    actual: `${data.length} bytes`,
  });
}

async function readStream(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > manifestLimit) {
      throw new ApocError(fileErrors.FILE_UNREADABLE, {
        field: "stdin",
        expected: `at most ${manifestLimit} bytes`,
      });
    }
    chunks.push(bytes);
  }
  return decode(Buffer.concat(chunks));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The file's name as a DNS label, for manifests that name no pod. */
function podName(path: string): string {
  const label = basename(path)
    .replace(/\.(ya?ml|json)$/i, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return label === "" ? "pod" : label;
}
