import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { decodeBase64, toBase64 } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { devnetErrors } from "../errors.ts";
import type { ChainCertificates } from "./certificates.ts";

/** What a folder keeps of a development root; keys as PKCS#8. */
export interface StoredRoot {
  readonly keys: { readonly ark: Uint8Array; readonly ask: Uint8Array; readonly vek: Uint8Array };
  readonly chipSecret: Uint8Array;
  readonly certificates: ChainCertificates;
  readonly notAfter: Date;
}

const fileName = "development-tee.json";
const base64 = z
  .string()
  .max(16_384)
  .transform((text, context) => {
    const bytes = decodeBase64(text);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: "custom", message: "expected base64" });
    return z.NEVER;
  });
const stateSchema = z.strictObject({
  version: z.literal(1),
  keys: z.strictObject({ ark: base64, ask: base64, vek: base64 }),
  chipSecret: base64.refine((bytes) => bytes.length === 32),
  certificates: z.strictObject({ root: base64, intermediate: base64, vek: base64 }),
  notAfter: z.iso.datetime().transform((text) => new Date(text)),
});

/** Reads the state of a folder; `undefined` when it has none. Throws `TEE_STATE`. */
export function readState(dir: string): StoredRoot | undefined {
  const path = join(dir, fileName);
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ApocError(devnetErrors.TEE_STATE, { field: path, cause });
  }
  try {
    const { mode, uid } = fstatSync(file);
    if ((mode & 0o077) !== 0 || uid !== process.geteuid?.()) {
      const actual = `mode ${(mode & 0o777).toString(8)} of user ${uid}`;
      throw new ApocError(devnetErrors.TEE_STATE, {
        field: path,
        expected: "mode 600 of this user",
        actual,
        next: { action: "remove-file", subject: path },
      });
    }
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    if (cause instanceof ApocError) throw cause;
    throw new ApocError(devnetErrors.TEE_STATE, {
      field: path,
      expected: "the state of a development TEE",
      next: { action: "remove-file", subject: path },
      cause,
    });
  } finally {
    closeSync(file);
  }
}

/**
 * Writes the state of a folder at once or not at all, and returns what the folder holds then: with `replace` this state,
 * otherwise the one that was there first.
 */
export function writeState(dir: string, state: StoredRoot, replace: boolean): StoredRoot {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, fileName);
  const draft = join(dir, `.${fileName}.${randomBytes(8).toString("hex")}`);
  const { ark, ask, vek } = state.keys;
  const text = JSON.stringify({
    version: 1,
    keys: { ark: toBase64(ark), ask: toBase64(ask), vek: toBase64(vek) },
    chipSecret: toBase64(state.chipSecret),
    certificates: {
      root: toBase64(state.certificates.root),
      intermediate: toBase64(state.certificates.intermediate),
      vek: toBase64(state.certificates.vek),
    },
    notAfter: state.notAfter.toISOString(),
  });
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  chmodSync(draft, 0o600);
  try {
    if (replace) renameSync(draft, path);
    else linkSync(draft, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
      throw new ApocError(devnetErrors.TEE_STATE, { field: path, cause });
  } finally {
    rmSync(draft, { force: true });
  }
  return readState(dir) ?? state;
}
