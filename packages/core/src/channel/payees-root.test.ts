import { isApocError } from "@apoc/errors";
import { concat, encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from "viem";
import { expect, test } from "vitest";
import { paymentErrors } from "../errors.ts";
import type { Payee } from "./accrual.ts";
import { channelId, payeeProof, payeesRoot, sums } from "./payees-root.ts";

const payee = (seed: number): Payee => ({
  to: `0x${seed.toString(16).padStart(40, "0")}`,
  imageDigest: `0x${seed.toString(16).padStart(64, "a")}`,
  licenseHash: `0x${seed.toString(16).padStart(64, "b")}`,
  oneTime: BigInt(seed),
  rate: BigInt(seed) << 32n,
  share: seed,
  meteredCap: 9n,
});
const list = (count: number) => Array.from({ length: count }, (_, i) => payee(i + 1));

/** Written out again from docs/spec/channel.md, by other means than the code under test. */
function leaf(index: number, { to, imageDigest, licenseHash, oneTime, rate, share, meteredCap }: Payee): Hex {
  const types = parseAbiParameters("uint256, address, bytes32, bytes32, uint96, uint96, uint32, uint96");
  return keccak256(
    encodeAbiParameters(types, [
      BigInt(index),
      to,
      imageDigest,
      licenseHash,
      oneTime,
      rate,
      share,
      meteredCap,
    ]),
  );
}
const node = (a: Hex, b: Hex) => keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

test("no payees have the zero root, one payee its leaf, three a promoted leaf", () => {
  const [a, b, c] = list(3).map((p, i) => leaf(i, p)) as [Hex, Hex, Hex];
  expect(payeesRoot([])).toBe(`0x${"00".repeat(32)}`);
  expect(payeesRoot(list(1))).toBe(a);
  expect(payeesRoot(list(3))).toBe(node(node(a, b), c));
  expect(payeeProof(list(3), 2)).toEqual([node(a, b)]);
});

test("every payee of every size is proven by hashing up its proof", () => {
  for (let count = 1; count <= 16; count++) {
    for (const [index, each] of list(count).entries()) {
      expect(payeeProof(list(count), index).reduce(node, leaf(index, each))).toBe(payeesRoot(list(count)));
    }
  }
});

test("order counts", () => {
  expect(payeesRoot(list(4))).not.toBe(payeesRoot(list(4).toReversed()));
});

test("too many payees, an index without payee and sums out of range are refused", () => {
  const code = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isApocError(error) ? error.descriptor.name : error;
    }
    return undefined;
  };
  expect(code(() => payeesRoot(list(17)))).toBe(paymentErrors.TOO_MANY_PAYEES.name);
  expect(code(() => payeeProof(list(3), 3))).toBe(paymentErrors.CHANNEL_INVALID.name);
  expect(code(() => payeeProof(list(3), -1))).toBe(paymentErrors.CHANNEL_INVALID.name);
  const half = 1n << 95n;
  expect(
    code(() =>
      sums([
        { ...payee(1), oneTime: half },
        { ...payee(2), oneTime: half },
      ]),
    ),
  ).toBe("CHANNEL_INVALID");
  expect(
    code(() =>
      sums([
        { ...payee(1), rate: half },
        { ...payee(2), rate: half },
      ]),
    ),
  ).toBe("CHANNEL_INVALID");
  expect(
    code(() =>
      sums([
        { ...payee(1), share: 2 ** 31 },
        { ...payee(2), share: 2 ** 31 },
      ]),
    ),
  ).toBe("CHANNEL_INVALID");
});

test("the sums are those of the payees", () => {
  expect(sums(list(3))).toEqual({ sumOneTime: 6n, sumRate: 6n << 32n, sumShare: 6 });
});

test("the channel id commits to chain, contract and every field", () => {
  const address: Hex = `0x${"11".repeat(20)}`;
  const bytes: Hex = `0x${"22".repeat(32)}`;
  const header = {
    publisher: address,
    provider: address,
    token: address,
    podId: bytes,
    meter: address,
    grace: 60,
    acceptBy: 1,
    maxExecRate: 1n,
    execBurst: 1n,
    sumOneTime: 1n,
    sumRate: 1n,
    sumShare: 1,
    payeesRoot: bytes,
  };
  const other: Hex = `0x${"33".repeat(20)}`;
  const variants = Object.entries(header).map(([key, value]) => ({
    ...header,
    [key]:
      typeof value === "bigint"
        ? value + 1n
        : typeof value === "number"
          ? value + 1
          : value.replaceAll("1", "4").replaceAll("2", "5"),
  }));
  const ids = [
    channelId(1, address, header),
    channelId(2, address, header),
    channelId(1, other, header),
    ...variants.map((variant) => channelId(1, address, variant)),
  ];
  expect(new Set(ids).size).toBe(16);
});
