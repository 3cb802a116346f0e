import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** CIDs that Kubo computed with the parameters of docs/spec/image.md; `kubo.ts --write --large` records them. */
export interface Vectors {
  /** Version of Kubo. */
  kubo?: string;
  /** Of files of the pattern in `sample.ts`, by their length in bytes. */
  files: Record<string, string>;
  /** Of files of zero bytes, by their length in MiB. */
  zeros: Record<string, string>;
  /** Of the image in `sample.ts`. */
  image: { cid: string; digest: string; tsize: number } | undefined;
}

/** Lengths at which the shape of a file's tree changes. */
export const fileSizes = [0, 1, 1_048_575, 1_048_576, 1_048_577, 2_097_152, 3_000_000];

export const vectorsFile = fileURLToPath(new URL("vectors.json", import.meta.url));

export async function readVectors(): Promise<Vectors> {
  return JSON.parse(await readFile(vectorsFile, "utf8")) as Vectors;
}
