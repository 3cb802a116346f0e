import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openRemoteState } from "../testing/remote-state.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { Meter } from "./meter.ts";

const channel = "0x01";
/** One base unit a second. */
const rate = 1n << 32n;

async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-meter-"));
  const state = await openRemoteState(folder);
  onTestFinished(async () => {
    await state.close();
    await rm(folder, { recursive: true });
  });
  const clock = new ManualClock();
  return { usage: state.usage, clock, meter: new Meter(state.usage, clock) };
}

test("time between two readings of a running pod is billed, by the monotonic clock", async () => {
  const { usage, clock, meter } = await setUp();
  await meter.read([{ channel, running: true, rate }]);
  clock.advance(10_000);
  clock.setWall(clock.wall() + 86_400_000);
  await meter.read([{ channel, running: true, rate }]);
  expect(await usage.total(channel)).toBe(10n);
  expect(await usage.milliseconds(channel)).toBe(10_000);
});

test("time before, between and after running is not billed", async () => {
  const { usage, clock, meter } = await setUp();
  await meter.read([{ channel, running: false, rate }]);
  clock.advance(5_000);
  await meter.read([{ channel, running: true, rate }]);
  clock.advance(3_000);
  await meter.read([{ channel, running: true, rate }]);
  clock.advance(7_000);
  await meter.read([{ channel, running: false, rate }]);
  clock.advance(7_000);
  await meter.read([{ channel, running: true, rate }]);
  expect(await usage.total(channel)).toBe(3n);
});

test("fractions of a unit are kept over readings, and the total never falls", async () => {
  const { usage, clock, meter } = await setUp();
  let last = 0n;
  for (let i = 0; i <= 30; i++) {
    await meter.read([{ channel, running: true, rate }]);
    clock.advance(100);
    expect(await usage.total(channel)).toBeGreaterThanOrEqual(last);
    last = await usage.total(channel);
  }
  expect(last).toBe(3n);
});

test("an update bills the old rate until the new generation runs", async () => {
  const { usage, clock, meter } = await setUp();
  await meter.read([{ channel, running: true, rate }]);
  clock.advance(10_000);
  await meter.read([{ channel, running: true }]);
  clock.advance(10_000);
  await meter.read([{ channel, running: true, rate: rate * 5n }]);
  expect(await usage.total(channel)).toBe(20n);
  clock.advance(10_000);
  await meter.read([{ channel, running: true, rate: rate * 5n }]);
  expect(await usage.total(channel)).toBe(70n);
});

test("after a restart of the provider the gap is billed only where the containers are older than the last reading", async () => {
  const { usage, clock, meter } = await setUp();
  const startedAt = clock.wall();
  await meter.read([{ channel, running: true, rate, startedAt }]);
  clock.advance(10_000);
  await meter.read([{ channel, running: true, rate, startedAt }]);
  clock.advance(60_000);
  await new Meter(usage, clock).read([{ channel, running: true, rate, startedAt }]);
  expect(await usage.total(channel)).toBe(70n);
  clock.advance(60_000);
  await new Meter(usage, clock).read([{ channel, running: true, rate, startedAt: clock.wall() - 1_000 }]);
  expect(await usage.total(channel)).toBe(70n);
  clock.advance(60_000);
  await new Meter(usage, clock).read([{ channel, running: true, rate }]);
  expect(await usage.total(channel)).toBe(70n);
});

test("readings of many pods are stored in one step", async () => {
  const { usage, clock } = await setUp();
  let steps = 0;
  const counting = new Proxy(usage, {
    get(target, name: keyof typeof usage) {
      if (name === "add") steps += 1;
      return target[name].bind(target);
    },
  });
  const meter = new Meter(counting, clock);
  const readings = Array.from({ length: 20 }, (_, index) => ({ channel: `0x${index}`, running: true, rate }));
  await meter.read(readings);
  clock.advance(3_000);
  await meter.read(readings);
  expect(steps).toBe(2);
  for (const reading of readings) expect(await usage.total(reading.channel)).toBe(3n);
});

test("the total is that of the store at every moment, and the store is asked once for a pod that runs", async () => {
  const { usage, clock } = await setUp();
  let asked = 0;
  const counting = new Proxy(usage, {
    get(target, name: keyof typeof usage) {
      if (name === "total") asked += 1;
      return target[name].bind(target);
    },
  });
  const meter = new Meter(counting, clock);
  expect(await meter.total(channel)).toBe(0n);
  asked = 0;
  for (let i = 0; i < 10; i++) {
    await meter.read([{ channel, running: true, rate: rate / 3n }]);
    expect(await meter.total(channel)).toBe(await usage.total(channel));
    clock.advance(1_700);
  }
  expect(asked).toBe(1);
  await meter.read([{ channel, running: false }]);
  expect(await meter.total(channel)).toBe(await usage.total(channel));
});

test("what could not be stored is billed by the next reading", async () => {
  const { usage, clock } = await setUp();
  let failing = false;
  const broken = new Proxy(usage, {
    get(target, name: keyof typeof usage) {
      if (name === "add" && failing) return () => Promise.reject(new Error("disk full"));
      return target[name].bind(target);
    },
  });
  const meter = new Meter(broken, clock);
  await meter.read([{ channel, running: true, rate }]);
  clock.advance(2_000);
  failing = true;
  await expect(meter.read([{ channel, running: true, rate }])).rejects.toThrow("disk full");
  failing = false;
  clock.advance(2_000);
  await meter.read([{ channel, running: true, rate }]);
  expect(await usage.total(channel)).toBe(4n);
});

test("what runs and is not what should run is not billed without a known rate", async () => {
  const { usage, clock, meter } = await setUp();
  await meter.read([{ channel, running: true }]);
  clock.advance(10_000);
  await meter.read([{ channel, running: true }]);
  expect(await usage.total(channel)).toBe(0n);
});
