import { ApocError } from "@apoc/errors";
import { createHasher } from "../digest.ts";
import { ociErrors } from "../errors.ts";
import { manifestLimit } from "../parse.ts";
import type { Digest } from "../spec.ts";
import type { Content } from "../target.ts";
import { readFileContent } from "./file-content.ts";
import type { TarEntry } from "./tar-index.ts";

/** Where the bytes of a digest lie: a range of the file, or memory for what the conversion made. */
export type BlobPlace = TarEntry | Uint8Array;

/** Bytes of an archive's file. */
export async function* readEntry(file: string, place: BlobPlace): Content {
  if (place instanceof Uint8Array) yield place.slice();
  else if (place.size > 0) yield* readFileContent(file, { start: place.start, length: place.size });
}

/** Reads one small file of an archive into memory. */
export async function readSmall(file: string, entry: TarEntry, name: string): Promise<Uint8Array> {
  if (entry.size > 2 * manifestLimit) {
    throw new ApocError(ociErrors.DOCUMENT_TOO_LARGE, {
      field: `${file}: ${name}`,
      expected: `at most ${2 * manifestLimit} bytes`,
      actual: `${entry.size} bytes`,
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of readEntry(file, entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Digest of a range of the archive's file. */
export async function digestEntry(file: string, entry: TarEntry): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of readEntry(file, entry)) hasher.update(chunk);
  return hasher.digest();
}
