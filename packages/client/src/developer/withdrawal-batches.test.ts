import type { Payee } from "@apoc/core";
import { completeHeader } from "@apoc/core";
import { expect, test } from "vitest";
import type { Earning } from "./earnings.ts";
import { batchWithdrawals } from "./withdrawal-batches.ts";

const address = (digit: string) => `0x${digit.repeat(40)}` as const;
const word = (digit: string) => `0x${digit.repeat(64)}` as const;
const [developer, other] = [address("1"), address("2")];

function payee(to: `0x${string}`, image: string): Payee {
  const terms = { licenseHash: word("c"), oneTime: 5n, rate: 0n, share: 0, meteredCap: 0n };
  return { to, imageDigest: word(image), ...terms };
}

/** An earning of the payee at `index` of a channel in `token`. */
function earning(token: string, payees: readonly Payee[], index: number): Earning {
  const header = completeHeader(
    {
      publisher: address("3"),
      provider: address("4"),
      token: address(token),
      podId: word("5"),
      meter: address("0"),
      grace: 60,
      acceptBy: 1,
      maxExecRate: 0n,
      execBurst: 0n,
    },
    payees,
  );
  const channel = { id: word("6"), header, payees, createdIn: 1n };
  return { channel, index } as unknown as Earning;
}

test("a batch has one token, and the same terms once", () => {
  const [a, b] = [payee(developer, "a"), payee(developer, "b")];
  const one = earning("8", [payee(other, "d"), a], 1);
  const two = earning("9", [a], 0);
  const three = earning("8", [b, a], 0);
  const four = earning("8", [b, a], 1);
  const batches = batchWithdrawals([one, two, three, four]);
  expect(batches.map(({ earnings }) => earnings)).toEqual([[one, three, four], [two]]);
  expect(batches[0]!.payees).toEqual([a, b]);
  expect(batches[0]!.withdrawals.map(({ payee, index }) => [payee, index])).toEqual([
    [0n, 1n],
    [1n, 0n],
    [0n, 1n],
  ]);
  expect(batches[0]!.withdrawals.map(({ proof }) => proof.length)).toEqual([1, 1, 1]);
  expect(batches[1]!.withdrawals[0]!.proof).toEqual([]);
});

test("a batch fits into a block", () => {
  const many = Array.from({ length: 101 }, () => earning("8", [payee(developer, "a")], 0));
  expect(batchWithdrawals(many).map(({ withdrawals }) => withdrawals.length)).toEqual([50, 50, 1]);
});
