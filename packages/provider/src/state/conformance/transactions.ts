import { expect, test } from "vitest";
import type { MakeStateFixture } from "./state-fixture.ts";

/** Intents: open until confirmed, and stored once where asked for. */
export function transactionConformance(makeFixture: MakeStateFixture): void {
  test("an intent is open until it is confirmed, also after a failure", async () => {
    const { transactions, close } = await (await makeFixture()).open();
    const first = await transactions.intend("claim", "a", 2n ** 100n, 1);
    const second = await transactions.intend("claim", "b", 2n, 2);
    await transactions.fail(first, "x".repeat(600), 3);
    expect(await transactions.open("claim")).toMatchObject([
      { seq: first, channel: "a", amount: 2n ** 100n, status: "failed", error: "x".repeat(500), created: 1 },
      { seq: second, channel: "b", status: "intended" },
    ]);
    expect(await transactions.open("claim", "b")).toMatchObject([{ seq: second }]);
    expect(await transactions.open("terminate")).toEqual([]);
    await transactions.confirm(first, "0xhash", 4);
    await transactions.confirm(second, undefined, 4);
    expect(await transactions.open("claim")).toEqual([]);
    const [newest, oldest] = await transactions.latest();
    expect(newest).toMatchObject({ seq: second, status: "confirmed" });
    expect(newest).not.toHaveProperty("hash");
    expect(oldest).toMatchObject({ seq: first, status: "confirmed", hash: "0xhash" });
    expect(await transactions.latest(1)).toMatchObject([{ seq: second }]);
    await close();
  });

  test("an intent that is to exist once is stored once, by several at the same time too", async () => {
    const { transactions, close } = await (await makeFixture()).open();
    const intend = () => transactions.intendOnce("terminate", "a", 0n, 1);
    const seqs = await Promise.all([intend(), intend(), intend()]);
    expect(new Set(seqs).size).toBe(1);
    expect(await transactions.open("terminate")).toHaveLength(1);
    await transactions.intendOnce("terminate", "b", 0n, 1);
    expect(await transactions.open("terminate")).toHaveLength(2);
    await transactions.confirm(seqs[0]!, undefined, 2);
    expect(await intend()).not.toBe(seqs[0]);
    await close();
  });
}
