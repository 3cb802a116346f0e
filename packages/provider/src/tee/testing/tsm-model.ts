import { basename, dirname } from "node:path";
import type { TsmFiles, TsmHandle } from "../tsm-files.ts";

/** What the modelled kernel has and how it fails. */
export interface TsmModelOptions {
  /** Name that `provider` shows. `undefined`: the module is there and no driver has registered (ENXIO). */
  readonly provider?: string | undefined;
  /** No module: the parent folder does not exist. */
  readonly absent?: boolean;
  readonly privlevelFloor?: number;
  /** The device: report and certificates over the bytes of `inblob`; throws an errno of its own. */
  readonly device?: (inblob: Uint8Array, privlevel: number) => { outblob: Uint8Array; auxblob?: Uint8Array };
  /** The handler of `inblob` fails at close; nobody is told. */
  readonly refuseInblob?: boolean;
  /** Another process writes `inblob` of every folder before this attribute is opened. */
  readonly intruderBefore?: string;
  readonly errno?: Readonly<Record<string, string>>;
}

interface Item {
  inblob: Uint8Array | undefined;
  privlevel: number;
  writeGeneration: number;
  readGeneration: number;
  report: { outblob: Uint8Array; auxblob?: Uint8Array } | undefined;
}

const inblobMax = 64;
const outblobMax = 32_768;
/** One read gives at most a page. */
const pageSize = 4096;

/**
 * configfs-tsm as the kernel behaves (fs/configfs/file.c, drivers/virt/coco): a folder made is a request; binary
 * attributes gather writes (EFBIG beyond their maximum) and hand them over at close, whose failure is dropped; a read
 * makes the report again when something was written since; every successful write counts in `generation`; files have no
 * position; a folder removed takes its attributes along.
 */
export function tsmModel(
  options: TsmModelOptions = {},
): TsmFiles & { readonly folders: ReadonlyMap<string, unknown> } {
  const items = new Map<string, Item>();
  const provider = "provider" in options ? options.provider : "sev_guest";
  const handlers = attributes(options, provider);

  return {
    folders: items,
    async mkdir(path) {
      if (options.absent === true) throw errno("ENOENT");
      if (provider === undefined) throw errno("ENXIO");
      if (items.has(path)) throw errno("EEXIST");
      items.set(path, {
        inblob: undefined,
        privlevel: 0,
        writeGeneration: 0,
        readGeneration: 0,
        report: undefined,
      });
    },
    async rmdir(path) {
      if (!items.delete(path)) throw errno("ENOENT");
    },
    async open(path, mode) {
      const item = items.get(dirname(path));
      const name = basename(path);
      const handler = handlers[name];
      if (item === undefined || handler === undefined) throw errno("ENOENT");
      if (options.errno?.[name] !== undefined) throw errno(options.errno[name]);
      if (options.intruderBefore === name)
        handlers["inblob"]?.store?.(item, new Uint8Array(inblobMax).fill(0xee));
      if ((mode === "read" ? handler.show : handler.store) === undefined) throw errno("EACCES");
      return handler.binary === true ? binaryHandle(item, handler) : textHandle(item, handler);
    },
  };
}

interface Handler {
  readonly binary?: boolean;
  readonly maximum?: number;
  readonly show?: (item: Item) => Uint8Array;
  readonly store?: (item: Item, bytes: Uint8Array) => void;
}

function attributes(options: TsmModelOptions, provider: string | undefined): Record<string, Handler> {
  const floor = options.privlevelFloor ?? 0;
  const advance = (item: Item) => {
    item.writeGeneration++;
  };
  const refresh = (item: Item) => {
    if (item.inblob === undefined || item.inblob.length === 0) throw errno("EINVAL");
    if (item.report === undefined || item.readGeneration !== item.writeGeneration) {
      item.report = options.device?.(item.inblob, item.privlevel) ?? { outblob: item.inblob };
      item.readGeneration = item.writeGeneration;
    }
    return item.report;
  };
  return {
    provider: { show: () => text(`${provider}\n`) },
    generation: { show: (item) => text(`${item.writeGeneration}\n`) },
    privlevel_floor: { show: () => text(`${floor}\n`) },
    privlevel: {
      store(item, bytes) {
        const value = Number(Buffer.from(bytes).toString());
        if (!(value >= floor && value <= 3)) throw errno("EINVAL");
        advance(item);
        item.privlevel = value;
      },
    },
    inblob: {
      binary: true,
      maximum: inblobMax,
      store(item, bytes) {
        if (options.refuseInblob === true) throw errno("EBUSY");
        advance(item);
        item.inblob = Uint8Array.from(bytes);
      },
    },
    outblob: { binary: true, maximum: outblobMax, show: (item) => refresh(item).outblob },
    auxblob: { binary: true, maximum: outblobMax, show: (item) => refresh(item).auxblob ?? new Uint8Array() },
  };
}

function binaryHandle(item: Item, { show, store, maximum = 0 }: Handler): TsmHandle {
  let content: Uint8Array | undefined;
  let offset = 0;
  let written: number[] | undefined;
  return {
    async read(buffer) {
      if (written !== undefined) throw errno("ETXTBSY");
      content ??= show!(item);
      if (content.length > maximum) throw errno("EFBIG");
      const part = content.subarray(offset, offset + Math.min(buffer.length, pageSize));
      buffer.set(part);
      offset += part.length;
      return part.length;
    },
    async write(bytes) {
      if ((written?.length ?? 0) + bytes.length > maximum) throw errno("EFBIG");
      written = [...(written ?? []), ...bytes];
      return bytes.length;
    },
    async close() {
      if (written === undefined) return;
      try {
        store!(item, Uint8Array.from(written));
      } catch {
        // As the kernel has it: the result of release() is ignored.
      }
    },
  };
}

function textHandle(item: Item, { show, store }: Handler): TsmHandle {
  let content: Uint8Array | undefined;
  let offset = 0;
  return {
    async read(buffer) {
      content ??= show!(item);
      const part = content.subarray(offset, offset + buffer.length);
      buffer.set(part);
      offset += part.length;
      return part.length;
    },
    async write(bytes) {
      store!(item, bytes);
      return bytes.length;
    },
    close: () => Promise.resolve(),
  };
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
