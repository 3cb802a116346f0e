import { join } from "node:path";
import {
  exportSessionKey,
  generateSessionKeyPair,
  importSessionKey,
  sessionKeyJwkSchema,
  sessionKeyOf,
} from "@apoc/core";
import { parseStrictJson } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { keccak256 } from "viem";
import { clientErrors } from "../errors.ts";
import { readFileIfThere, writeFileAtomic } from "../files/atomic-file.ts";
import { missingSessionKey } from "../pod/session-keys.ts";
import type { SessionKeys } from "../ports.ts";

const fileLimit = 4096;

/** Session keys in files: `<folder>/<keccak256 of the public key>.json`, a JWK each, mode 0600. */
export function sessionKeyFiles(folder: string): SessionKeys {
  const pathOf = (key: `0x${string}`) => join(folder, `${keccak256(key).slice(2)}.json`);
  return {
    async create() {
      const pair = await generateSessionKeyPair(true);
      const session = await sessionKeyOf(pair);
      const keep = async () => {
        const text = `${JSON.stringify(await exportSessionKey(pair))}\n`;
        await writeFileAtomic(pathOf(session.key), text);
      };
      return { ...session, keep };
    },
    async open(key) {
      const path = pathOf(key);
      const text = await readFileIfThere(path, fileLimit);
      if (text === undefined) return missingSessionKey(key, path);
      const session = await readKey(text, path);
      return session.key === key ? session : missingSessionKey(key, path);
    },
  };
}

async function readKey(text: string, field: string) {
  try {
    return await importSessionKey(sessionKeyJwkSchema.parse(parseStrictJson(text)));
  } catch (cause) {
    throw new ApocError(clientErrors.RECORD_INVALID, { field, cause });
  }
}
