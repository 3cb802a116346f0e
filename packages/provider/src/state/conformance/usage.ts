import { expect, test } from "vitest";
import type { MakeStateFixture } from "./state-fixture.ts";

/** One base unit a second. */
const rate = 1n << 32n;

/** Usage and what is claimed of it. */
export function usageConformance(makeFixture: MakeStateFixture): void {
  test("deltas add up by channel, whatever their rates and pauses", async () => {
    const { usage, close } = await (await makeFixture()).open();
    for (let i = 0; i < 10; i++)
      await usage.add([{ channel: "a", from: i * 1000, to: i * 1000 + 1000, milliseconds: 1000, rate }]);
    await usage.add([{ channel: "a", from: 10_000, to: 11_000, milliseconds: 1000, rate: 2n * rate }]);
    await usage.add([{ channel: "a", from: 60_000, to: 61_000, milliseconds: 1000, rate: 2n * rate }]);
    expect(await Promise.all([usage.total("a"), usage.milliseconds("a"), usage.lastEnd("a")])).toEqual([
      14n,
      12_000,
      61_000,
    ]);
    expect(await Promise.all([usage.total("b"), usage.milliseconds("b"), usage.lastEnd("b")])).toEqual([
      0n,
      0,
      undefined,
    ]);
    await close();
  });

  test("deltas that are added at the same time are all counted", async () => {
    const { usage, close } = await (await makeFixture()).open();
    const add = (i: number) =>
      usage.add([{ channel: "a", from: i * 500, to: i * 500 + 500, milliseconds: 500, rate }]);
    await Promise.all(Array.from({ length: 20 }, (_, i) => add(i)));
    expect(await Promise.all([usage.total("a"), usage.milliseconds("a")])).toEqual([10n, 10_000]);
    await close();
  });

  test("deltas of several pods are added in one step, and each says what it added", async () => {
    const { usage, close } = await (await makeFixture()).open();
    const delta = (channel: string, from: number, to: number) => ({
      channel,
      from,
      to,
      milliseconds: to - from,
      rate,
    });
    expect(await usage.add([delta("a", 0, 1500), delta("b", 0, 700), delta("a", 1500, 2000)])).toEqual([
      1n,
      0n,
      1n,
    ]);
    expect(await usage.add([delta("b", 700, 1000)])).toEqual([1n]);
    expect(await usage.add([])).toEqual([]);
    expect(await Promise.all([usage.total("a"), usage.total("b")])).toEqual([2n, 1n]);
    await close();
  });

  test("what is claimed is what was set last, beyond 64 bits", async () => {
    const { usage, close } = await (await makeFixture()).open();
    expect(await usage.claimed("a")).toBe(0n);
    await usage.setClaimed("a", 5n, 1);
    await usage.setClaimed("a", 2n ** 100n, 2);
    expect(await usage.claimed("a")).toBe(2n ** 100n);
    await close();
  });
}
