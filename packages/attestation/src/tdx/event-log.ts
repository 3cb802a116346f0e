import { sha384 } from "@noble/hashes/sha2.js";
import { toHex } from "@apoc/encoding";
import { ByteReader, LayoutError } from "./byte-reader.ts";

/** Maximum number of bytes of an event log that is read at all. */
export const eventLogLimit = 65_536;
const noAction = 3;
const sha384Algorithm = 12;
const endOfLog = 0xffff_ffff;
const registerCount = 4;
const signature = "Spec ID Event03\0";

/** One measured event of a confidential computing event log. */
export interface LogEvent {
  /** Register that the event went into: 0 to 3. */
  readonly rtmr: number;
  /** Event type (TCG PC Client platform firmware profile, section 10.4.1). */
  readonly type: number;
  /** SHA-384 that the register was extended with. */
  readonly digest: Uint8Array;
  /** What the firmware says that it measured. Only what {@link provenData} gives of it is proven. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A replayed log. */
export interface EventLog {
  readonly events: readonly LogEvent[];
  /** RTMR0 to RTMR3 as these events make them. */
  readonly rtmrs: readonly Uint8Array[];
}

/**
 * Reads and replays a CCEL event log (TCG event log of crypto-agile format, measurement register 1 to 4 for RTMR0 to
 * RTMR3; UEFI 2.10, section 38.4.1). Events without action are not measured. The log ends with its bytes, or with a
 * register number of all ones, after which only bytes of all ones may follow. Throws {@link LayoutError}.
 */
export function replayEventLog(bytes: Uint8Array): EventLog {
  if (bytes.length > eventLogLimit) throw new LayoutError(`more than ${eventLogLimit} bytes`);
  const reader = new ByteReader(new Uint8Array(bytes));
  const digestSizes = readSpecification(reader);
  const events: LogEvent[] = [];
  const rtmrs = Array.from({ length: registerCount }, () => new Uint8Array(48));
  while (reader.left > 0) {
    if (reader.left >= 4 && reader.peekU32() === endOfLog) {
      if (reader.take(reader.left).some((byte) => byte !== 0xff))
        throw new LayoutError("bytes after the end");
      break;
    }
    const register = reader.u32();
    const type = reader.u32();
    const digest = readDigests(reader, digestSizes);
    const data = reader.take(reader.u32());
    if (type === noAction) continue;
    const rtmr = register - 1;
    const value = rtmrs[rtmr];
    if (value === undefined) throw new LayoutError(`measurement register ${register}`);
    rtmrs[rtmr] = sha384.create().update(value).update(digest).digest();
    events.push({ rtmr, type, digest, data });
  }
  return { events, rtmrs };
}

/** The first event, in the format of TPM 1.2, names the digest algorithms of the others with their sizes. */
function readSpecification(reader: ByteReader): ReadonlyMap<number, number> {
  reader.u32();
  if (reader.u32() !== noAction) throw new LayoutError("the log does not start with its specification");
  reader.take(20);
  const data = reader.enter(reader.u32());
  if (String.fromCharCode(...data.take(signature.length)) !== signature)
    throw new LayoutError("not a crypto-agile event log");
  data.take(8); // Platform class, version, errata, size of UINTN.
  const sizes = new Map<number, number>();
  const count = data.u32();
  for (let index = 0; index < count; index++) {
    const algorithm = data.u16();
    if (sizes.has(algorithm)) throw new LayoutError("a digest algorithm occurs twice");
    sizes.set(algorithm, data.u16());
  }
  data.take(data.u8());
  data.end();
  if (sizes.get(sha384Algorithm) !== 48) throw new LayoutError("a log without SHA-384");
  return sizes;
}

/** The SHA-384 digest of an event; each algorithm of the log occurs once. */
function readDigests(reader: ByteReader, sizes: ReadonlyMap<number, number>): Uint8Array {
  const found = new Map<number, Uint8Array>();
  const count = reader.u32();
  if (count > sizes.size) throw new LayoutError(`${count} digests`);
  for (let index = 0; index < count; index++) {
    const algorithm = reader.u16();
    const size = sizes.get(algorithm);
    if (size === undefined || found.has(algorithm)) throw new LayoutError(`digest of algorithm ${algorithm}`);
    found.set(algorithm, reader.take(size));
  }
  const digest = found.get(sha384Algorithm);
  if (digest === undefined) throw new LayoutError("an event without SHA-384");
  return digest;
}

/** Boot loaders measure a string, and log it after one of these words. */
const prefixes = ["grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "];

/**
 * The bytes in the data of an event that its digest proves, by recomputing it: the data, the data without the zero byte
 * at their end, or what follows the prefix of a boot loader (the prefix itself is not measured). `undefined`: the digest
 * is that of something else, such as a file, and the data are a mere claim.
 */
export function provenData({ data, digest }: LogEvent): Uint8Array | undefined {
  const expected = toHex(digest);
  const unterminated = data.at(-1) === 0 ? data.subarray(0, -1) : data;
  const text = String.fromCharCode(...data.subarray(0, 32));
  const prefix = prefixes.find((word) => text.startsWith(word));
  const candidates = [
    data,
    unterminated,
    ...(prefix === undefined ? [] : [unterminated, data].map((bytes) => bytes.subarray(prefix.length))),
  ];
  return candidates.find((bytes) => toHex(sha384(bytes)) === expected);
}
