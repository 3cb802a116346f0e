import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { importPublicKey, type PublicJwk } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";

/** Reads `jwe:FILE`, a public key that can decrypt in addition to the image key, as skopeo's `--encryption-key` names it. */
export async function readRecipient(text: string, cwd: string): Promise<PublicJwk> {
  const file = /^jwe:(.+)$/s.exec(text)?.[1];
  if (file === undefined) {
    throw new ApocError(developerErrors.RECIPIENT_INVALID, {
      field: "--recipient",
      expected: "jwe:FILE with a public key",
      actual: text,
    });
  }
  const bytes = await readFile(resolve(cwd, file)).catch((cause: unknown) => {
    throw new ApocError(developerErrors.RECIPIENT_INVALID, {
      field: file,
      expected: "a readable file",
      cause,
    });
  });
  return importPublicKey(new Uint8Array(bytes), file);
}
