import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { fromHex, toHex } from "@apoc/encoding";
import { ByteReader, LayoutError } from "./byte-reader.ts";
import { provenData, replayEventLog } from "./event-log.ts";
import { checkEvents } from "./event-rules.ts";

const u16 = (value: number) => Uint8Array.of(value & 0xff, value >> 8);
const u32 = (value: number) => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const sha384 = (text: string | Uint8Array) => createHash("sha384").update(text).digest();
const extend = (value: Uint8Array, digest: Uint8Array) => sha384(Buffer.concat([value, digest]));
const zero = new Uint8Array(48);

interface EventOptions {
  readonly register?: number;
  readonly type?: number;
  readonly digest?: Uint8Array;
  readonly algorithms?: readonly number[];
}
const event = (
  data: string,
  { register = 4, type = 13, digest = sha384(data), algorithms = [12] }: EventOptions = {},
) =>
  Buffer.concat([
    u32(register),
    u32(type),
    u32(algorithms.length),
    ...algorithms.flatMap((algorithm) => [u16(algorithm), digest]),
    u32(data.length),
    Buffer.from(data),
  ]);
const specification = (
  algorithms: readonly (readonly [number, number])[] = [[12, 48]],
  name = "Spec ID Event03\0",
) => {
  const data = Buffer.concat([
    Buffer.from(name),
    Buffer.alloc(8),
    u32(algorithms.length),
    ...algorithms.flatMap((pair) => pair.map(u16)),
    Uint8Array.of(0),
  ]);
  return Buffer.concat([u32(1), u32(3), Buffer.alloc(20), u32(data.length), data]);
};
const log = (...parts: readonly Uint8Array[]) => Buffer.concat([specification(), ...parts]);

test("a log replays event by event, register by register", () => {
  const { events, rtmrs } = replayEventLog(
    log(event("a"), event("b", { register: 1 }), event("ignored", { type: 3 }), event("c")),
  );
  expect(events.map(({ rtmr }) => rtmr)).toEqual([3, 0, 3]);
  expect(rtmrs.map(toHex)).toEqual(
    [extend(zero, sha384("b")), zero, zero, extend(extend(zero, sha384("a")), sha384("c"))].map(toHex),
  );
});

test("a log may end in bytes of all ones and in nothing else", () => {
  const { events } = replayEventLog(log(event("a"), new Uint8Array(9).fill(0xff)));
  expect(events.length).toBe(1);
});

test.each([
  ["no bytes", Buffer.alloc(0)],
  ["too many bytes", Buffer.alloc(65_537)],
  ["no specification", event("a")],
  ["another specification", Buffer.concat([specification([[12, 48]], "Spec ID Event00\0")])],
  ["no SHA-384", specification([[11, 32]])],
  ["SHA-384 of another size", specification([[12, 32]])],
  [
    "an algorithm twice",
    specification([
      [12, 48],
      [12, 48],
    ]),
  ],
  ["half an event", log(event("abc").subarray(0, -1))],
  ["zeros after the last event", log(new Uint8Array(64))],
  ["something after the end", log(new Uint8Array(8).fill(0xff), event("a"))],
  ["a measured event of register 0", log(event("a", { register: 0 }))],
  ["a fifth register", log(event("a", { register: 5 }))],
  ["an event without digest", log(event("a", { algorithms: [] }))],
  ["an event of an unknown algorithm", log(event("a", { algorithms: [11] }))],
  ["more digests than algorithms", log(event("a", { algorithms: [12, 12] }))],
])("%s is refused", (_name, bytes) => {
  expect(() => replayEventLog(bytes)).toThrowError(LayoutError);
});

test("only what a digest covers is proven", () => {
  const proven = (data: string, digest: Uint8Array) => {
    const found = provenData({ rtmr: 2, type: 13, digest, data: Uint8Array.from(Buffer.from(data)) });
    return found && Buffer.from(found).toString();
  };
  expect(proven("x", sha384("x"))).toBe("x");
  expect(proven("x\0", sha384("x"))).toBe("x");
  expect(proven("x\0", sha384("x\0"))).toBe("x\0");
  expect(proven("grub_cmd: set a\0", sha384("set a"))).toBe("set a");
  expect(proven("kernel_cmdline: /vmlinuz", sha384("/vmlinuz"))).toBe("/vmlinuz");
  expect(proven("other: set a\0", sha384("set a"))).toBeUndefined();
  expect(proven("/vmlinuz\0", sha384("the file"))).toBeUndefined();
});

test("a register that the policy names holds the named events and no others", () => {
  const replayed = replayEventLog(log(event("a"), event("b"), event("name", { digest: sha384("file") })));
  const value = replayed.rtmrs[3]!;
  const file = { rtmr: 3, digest: toHex(sha384("file")) };
  const rules = [{ rtmr: 3, text: "a" }, { rtmr: 3, type: 13, data: "62" }, file];
  expect(checkEvents(replayed, 3, value, rules)).toBeUndefined();
  expect(checkEvents(replayed, 3, zero, rules)).toMatchObject({ actual: toHex(value) });
  expect(checkEvents(replayed, 3, value, rules.slice(1))?.actual).toContain(toHex(sha384("a")));
  expect(checkEvents(replayed, 3, value, [...rules, { rtmr: 3, text: "c" }])).toMatchObject({
    actual: "none",
  });
  // The data of the last event say "name", but what was measured is a file.
  expect(checkEvents(replayed, 3, value, [...rules.slice(0, 2), { rtmr: 3, text: "name" }])).toBeDefined();
  expect(checkEvents(replayed, 3, value, [{ rtmr: 3, type: 1, text: "a" }, ...rules.slice(1)])).toBeDefined();
});

test("a reader never gives fewer bytes than asked for", () => {
  const reader = new ByteReader(fromHex("01020304ff"));
  expect(reader.peekU32()).toBe(0x04030201);
  expect(reader.u32()).toBe(0x04030201);
  expect(() => reader.u16()).toThrowError(LayoutError);
  expect(() => reader.end()).toThrowError(LayoutError);
  expect(reader.u8()).toBe(0xff);
  reader.end();
});
