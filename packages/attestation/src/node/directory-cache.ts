import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { fromBase64, toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type CollateralCache, collateralKeyPattern } from "../collateral/cache.ts";
import { attestationErrors } from "../errors.ts";
import { toTime } from "../time.ts";

const sizeLimit = 1 << 20;
const fileSchema = z.strictObject({
  version: z.literal(1),
  fetchedAt: z.iso.datetime(),
  body: z.base64(),
  issuerChain: z.string().optional(),
});

/**
 * A cache, or a snapshot to take along, of one JSON file `<key>.json` an item: body in base64, the issuer chain, and
 * the moment of fetching. A reader sees a whole file or none.
 */
export function directoryCache(folder: string): CollateralCache {
  return {
    async get(key) {
      let text: string;
      try {
        text = await readFile(pathOf(folder, key), "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
      if (text.length > sizeLimit) return undefined;
      try {
        const { body, fetchedAt, issuerChain } = fileSchema.parse(JSON.parse(text));
        const item = { body: fromBase64(body), fetchedAt: new Date(fetchedAt) };
        return issuerChain === undefined ? item : { ...item, issuerChain };
      } catch {
        return undefined;
      }
    },
    async set(key, { body, fetchedAt, issuerChain }) {
      const path = pathOf(folder, key);
      const value = { version: 1, fetchedAt: toTime(fetchedAt), body: toBase64(body), issuerChain };
      await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
    },
  };
}

function pathOf(folder: string, key: string): string {
  if (collateralKeyPattern.test(key)) return join(folder, `${key}.json`);
  throw new ApocError(attestationErrors.ENCODING, {
    field: "key",
    expected: "lower-case names",
    actual: key,
  });
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
