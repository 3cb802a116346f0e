import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clearMemos, derived, Memo, memoSizes, remembered, rememberedLater } from "./memo.ts";
import type { TdxCollateral } from "./tdx/collateral.ts";
import { type TdxEvidence, verifyTdx } from "./tdx/verify.ts";
import {
  collateral,
  makePck,
  now,
  pckList,
  revocationList,
  seconds,
  signedJson,
  tcbInfoValue,
  week,
} from "./testing/tdx-platform.ts";
import { good, makeQuote } from "./testing/tdx-quote.ts";
import { chain, codeOf, reference, verify } from "./testing/tdx-verification.ts";
import { parseCertificate } from "./x509/certificate.ts";
import { importP256Key } from "./x509/ecdsa.ts";
import { parseRevocationList } from "./x509/revocation-list.ts";

beforeEach(clearMemos);
afterEach(clearMemos);

const at = (evidence: TdxEvidence, when = now) => verifyTdx(evidence, reference, good.reportData, when);
const bytes = (...values: number[]) => Uint8Array.from(values);

test("a value is found by content alone, and by nothing but all of it", () => {
  const memo = new Memo<Uint8Array, string>(4);
  memo.keep(bytes(1, 2, 3), "value");
  expect(memo.find(bytes(1, 2, 3))).toBe("value");
  expect(memo.find(bytes(0, 1, 2, 3).subarray(1))).toBe("value");
  for (const other of [
    bytes(),
    bytes(1, 2),
    bytes(1, 2, 3, 0),
    bytes(0, 2, 3),
    bytes(1, 0, 3),
    bytes(1, 2, 0),
  ])
    expect(memo.find(other)).toBeUndefined();
  const texts = new Memo<string, number>(4);
  texts.keep("text", 1);
  expect([texts.find("text"), texts.find("tex"), texts.find("Text")]).toEqual([1, undefined, undefined]);
});

test("a full memory gives up the entry that was not asked for longest", () => {
  const memo = new Memo<string, number>(3);
  for (const [value, key] of ["a", "b", "c"].entries()) memo.keep(key, value);
  memo.find("a");
  memo.keep("c", 2);
  memo.keep("d", 3);
  expect(["a", "b", "c", "d"].map((key) => memo.find(key))).toEqual([0, undefined, 2, 3]);
  for (let index = 0; index < 100; index++) memo.keep(`${index}`, index);
  expect(memo.size).toBe(3);
  memo.clear();
  expect([memo.size, memo.find("d")]).toEqual([0, undefined]);
});

test("a reader reads its own copy once; what it throws is thrown again", async () => {
  let count = 0;
  const work = (own: Uint8Array) => {
    count += 1;
    if (own.length === 0) throw new RangeError(`${count}`);
    return own;
  };
  const input = bytes(1, 2);
  const sync = remembered(2, work);
  const first = sync(input);
  expect(first).not.toBe(input);
  expect(sync(bytes(1, 2))).toBe(first);
  input[0] = 9;
  expect(first).toEqual(bytes(1, 2));
  expect(sync(input)).toEqual(bytes(9, 2));
  expect(count).toBe(2);
  expect(() => sync(bytes())).toThrow("3");
  expect(() => sync(bytes())).toThrow("4");

  const later = rememberedLater(2, async (own) => work(own));
  const [one, other] = await Promise.all([later(bytes(5)), later(bytes(5))]);
  expect(one).toEqual(other);
  expect([one, other]).toContain(await later(bytes(5)));
  await expect(later(bytes())).rejects.toThrow("7");
  await expect(later(bytes())).rejects.toThrow("8");

  const size = derived((list: readonly number[]) => work(Uint8Array.from(list)).length);
  const list = [1, 2];
  expect([size(list), size(list), count]).toEqual([2, 2, 9]);
});

test("bytes that a caller changes afterwards are read again", () => {
  for (const [read, input] of [
    [parseCertificate, makePck()],
    [parseRevocationList, pckList()],
  ] as const) {
    const before = read(input);
    expect(read(Uint8Array.from(input))).toBe(before);
    const copy = structuredClone(before.signature);
    input[input.length - 1] = input.at(-1)! ^ 1;
    expect(before.signature).toEqual(copy);
    const after = read(input);
    expect(after).not.toBe(before);
    expect(after.signature).not.toEqual(copy);
    input[0] = 0x31;
    expect(() => read(input)).toThrow("tag");
  }
});

test("evidence that was accepted is refused when any buffer of it has changed, and accepted again", async () => {
  const lists = collateral();
  const evidence = { quote: makeQuote(), collateral: lists };
  expect(codeOf(await at(evidence))).toBe("ACCEPT");
  const { tcbInfo, qeIdentity } = lists;
  const buffers: readonly (readonly [string, Uint8Array])[] = [
    ["ROOT_CRL_INVALID", lists.rootCrl],
    ["PCK_CRL_INVALID", lists.pckCrl],
    ["TCB_INFO_SIGNATURE", tcbInfo.signature],
    ["QE_IDENTITY_SIGNATURE", qeIdentity.signature],
    ["TCB_SIGNER_CHAIN", tcbInfo.issuerChain[0]!],
    ["TCB_SIGNER_CHAIN", qeIdentity.issuerChain[0]!],
  ];
  for (const [code, buffer] of buffers) {
    const last = buffer.length - 1;
    buffer[last] = buffer[last]! ^ 1;
    expect(codeOf(await at(evidence))).toBe(code);
    buffer[last] = buffer[last]! ^ 1;
    expect(codeOf(await at(evidence))).toBe("ACCEPT");
  }
});

test("a verdict holds nothing of what is remembered", async () => {
  const evidence = { quote: makeQuote({ version: 5 }), collateral: collateral() };
  const first = await at(evidence);
  const before = structuredClone({ ...first, checks: first.checks.results });
  spoil(first);
  const second = await at(evidence);
  expect({ ...second, checks: second.checks.results }).toEqual(before);
});

/** Changes everything that can be reached and changed. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof Date) value.setTime(0);
  else if (value instanceof Uint8Array) value.fill(0);
  else
    for (const [name, item] of Object.entries(value)) {
      spoil(item);
      Reflect.set(value, name, null);
    }
}

test("dates and revocation are judged each time, and so is each signature", async () => {
  const evidence = { quote: makeQuote(), collateral: collateral() };
  const original = crypto.verify;
  let count = 0;
  const counting: typeof original = (...call: unknown[]) => {
    count += 1;
    return Reflect.apply(original, crypto, call) as never;
  };
  Object.assign(crypto, { verify: counting });
  syncBuiltinESMExports();
  try {
    expect(codeOf(await at(evidence))).toBe("ACCEPT");
    const once = count;
    expect(once).toBeGreaterThanOrEqual(9);
    expect(codeOf(await at(evidence))).toBe("ACCEPT");
    expect(count).toBe(2 * once);
  } finally {
    Object.assign(crypto, { verify: original });
    syncBuiltinESMExports();
  }
  expect(codeOf(await at(evidence, seconds(week + 1)))).not.toBe("ACCEPT");
  const revoked = { pckCrl: pckList({ revoked: [4] }) };
  expect(codeOf(await verify({ collateral: revoked }))).toBe("PCK_REVOKED");
  expect(codeOf(await verify())).toBe("ACCEPT");
});

test("whatever is sent, no more than the limits is remembered", async () => {
  for (let index = 0; index < 70; index++) {
    const changed: Partial<TdxCollateral> = {
      rootCrl: revocationList({ until: seconds(index) }),
      pckCrl: pckList({ until: seconds(index) }),
      tcbInfo: signedJson(tcbInfoValue({ tcbEvaluationDataNumber: 100 + index })),
    };
    const pck = makePck({ until: seconds(index) });
    expect(codeOf(await verify({ quote: chain(pck), collateral: changed }))).toBe("ACCEPT");
    const other = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    await importP256Key(Uint8Array.from(other.export({ format: "der", type: "spki" }).subarray(-65)));
  }
  // Certificates and P-256 keys; lists and documents.
  const count = (limit: number) => memoSizes().filter((size) => size === limit).length;
  expect([count(64), count(16)]).toEqual([2, 2]);
  expect(Math.max(...memoSizes())).toBe(64);
});
