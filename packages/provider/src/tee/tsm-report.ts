import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ApocError, isApocError } from "@apoc/errors";
import { providerErrors } from "../errors.ts";
import type { TsmFiles } from "./tsm-files.ts";

/** Where configfs-tsm is, where configfs is mounted at its usual place. */
export const tsmRoot = "/sys/kernel/config/tsm/report";
/** TSM_OUTBLOB_MAX: the kernel refuses larger blobs with EFBIG. */
const blobLimit = 32_768;
const inblobSize = 64;
/** Errno of a kernel without the module (ENOENT), without a provider (ENXIO), or with a folder of another kind. */
const missing: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENXIO",
  "ENODEV",
  "ENOSYS",
  "EOPNOTSUPP",
  "ENOTDIR",
]);
const forbidden: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"]);

/** What the kernel made of one request. */
export interface TsmReport {
  readonly provider: "sev_guest" | "tdx_guest";
  /** SNP report or TDX quote, as it came: a quote may have bytes after its end. */
  readonly outblob: Uint8Array;
  /** SNP certificate table; empty where the host gives none, and for TDX. */
  readonly auxblob: Uint8Array;
}

/** One request. */
export interface TsmRequest {
  readonly files: TsmFiles;
  readonly root?: string;
  /** The 64 bytes of REPORT_DATA. */
  readonly inblob: Uint8Array;
  /** VMPL of the report; the kernel's own unless given. */
  readonly privlevel?: number | undefined;
}

/**
 * Asks the kernel for a report over 64 bytes through configfs-tsm (Linux 6.7, Documentation/ABI/testing/configfs-tsm).
 *
 * Each request has a folder of its own, so that nobody else's write can come between. The kernel looks at `inblob` when
 * the file is closed and drops its verdict: whether it took the bytes shows only in `generation`, which must be the
 * number of writes, before the report is read and after.
 * @throws TEE_MISSING, TEE_FORBIDDEN, TEE_REPORT
 */
export async function readTsmReport(request: TsmRequest): Promise<TsmReport> {
  const { files, root = tsmRoot, inblob, privlevel } = request;
  if (inblob.length !== inblobSize) throw failure("inblob", `${inblobSize} bytes`, `${inblob.length} bytes`);
  const folder = join(root, `apoc-${process.pid}-${randomBytes(8).toString("hex")}`);
  await files.mkdir(folder).catch((error: unknown) => {
    throw unusable(root, error);
  });
  try {
    const provider = (await readText(files, folder, "provider")).trim();
    if (provider !== "sev_guest" && provider !== "tdx_guest")
      throw new ApocError(providerErrors.TEE_MISSING, {
        field: "provider",
        expected: "sev_guest or tdx_guest",
        actual: provider,
      });
    let writes = 0;
    if (privlevel !== undefined) {
      const floor = Number(await readText(files, folder, "privlevel_floor"));
      if (!(privlevel >= floor)) throw failure("privlevel", `at least ${floor}`, String(privlevel));
      await writeOnce(files, folder, "privlevel", new TextEncoder().encode(String(privlevel)));
      writes++;
    }
    await writeOnce(files, folder, "inblob", inblob);
    writes++;
    await expectGeneration(files, folder, writes);
    const outblob = await readAll(files, folder, "outblob");
    const auxblob =
      provider === "sev_guest" ? await readAll(files, folder, "auxblob", true) : new Uint8Array();
    await expectGeneration(files, folder, writes);
    return { provider, outblob, auxblob };
  } finally {
    // A folder that stays holds kernel memory, nothing else; the report is not worse for it.
    await files.rmdir(folder).catch(() => undefined);
  }
}

async function expectGeneration(files: TsmFiles, folder: string, writes: number): Promise<void> {
  const generation = (await readText(files, folder, "generation")).trim();
  if (generation !== String(writes))
    throw failure("generation", `${writes}: as many as there were writes`, generation);
}

/** One write of the whole value: a second one would append to it. */
async function writeOnce(files: TsmFiles, folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await attribute(folder, name, async () => {
    const handle = await files.open(join(folder, name), "write");
    let written: number;
    try {
      written = await handle.write(bytes);
    } finally {
      await handle.close();
    }
    if (written !== bytes.length) throw failure(name, `${bytes.length} bytes written`, String(written));
  });
}

/** Reads until the end: the size that stat gives means nothing here. */
async function readAll(files: TsmFiles, folder: string, name: string, optional = false): Promise<Uint8Array> {
  return attribute(
    folder,
    name,
    async () => {
      const handle = await files.open(join(folder, name), "read");
      try {
        const bytes = new Uint8Array(blobLimit + 1);
        let size = 0;
        for (;;) {
          const count = await handle.read(bytes.subarray(size));
          if (count === 0) return bytes.slice(0, size);
          size += count;
          if (size > blobLimit) throw failure(name, `at most ${blobLimit} bytes`, "more");
        }
      } finally {
        await handle.close();
      }
    },
    optional,
  );
}

async function readText(files: TsmFiles, folder: string, name: string): Promise<string> {
  return Buffer.from(await readAll(files, folder, name)).toString("latin1");
}

async function attribute<T>(
  folder: string,
  name: string,
  work: () => Promise<T>,
  optional = false,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isApocError(error)) throw error;
    const code = errnoOf(error);
    if (optional && code === "ENOENT") return new Uint8Array() as T;
    if (code === "EFBIG") throw failure(name, `at most ${blobLimit} bytes`, "a larger blob (EFBIG)", error);
    if (name === "provider") throw unusable(folder, error);
    throw failure(name, "an answer of the kernel", code, error);
  }
}

function unusable(path: string, error: unknown): ApocError {
  const code = errnoOf(error);
  if (forbidden.has(code))
    return new ApocError(providerErrors.TEE_FORBIDDEN, { field: path, actual: code, cause: error });
  if (missing.has(code))
    return new ApocError(providerErrors.TEE_MISSING, {
      field: path,
      expected: "a guest of SEV-SNP or TDX with Linux 6.7 or newer and configfs mounted",
      actual: code,
      next: { action: "load-tee-drivers" },
      cause: error,
    });
  return failure(path, "a folder for the request", code, error);
}

function errnoOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error instanceof Error ? error.message : "another failure";
}

function failure(field: string, expected: string, actual: string, cause?: unknown): ApocError {
  return new ApocError(providerErrors.TEE_REPORT, { field, expected, actual, cause });
}
