import { generateSessionKeyPair, type SessionKey, sessionKeyOf } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Hex } from "viem";
import { clientErrors } from "../errors.ts";
import type { SessionKeys } from "../ports.ts";

/** Session keys that end with the process, and cannot be taken out of it. */
export function memorySessionKeys(): SessionKeys {
  const kept = new Map<Hex, SessionKey>();
  return {
    async create() {
      const key = await sessionKeyOf(await generateSessionKeyPair(false));
      return { ...key, keep: async () => void kept.set(key.key, key) };
    },
    async open(key) {
      return kept.get(key) ?? missingSessionKey(key);
    },
  };
}

/** Throws SESSION_KEY_MISSING. */
export function missingSessionKey(key: Hex, field?: string): never {
  throw new ApocError(clientErrors.SESSION_KEY_MISSING, { field, expected: key });
}
