import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openState } from "../state/index.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { Meter } from "./meter.ts";

const pod = "0x01";
/** One base unit a second. */
const rate = 1n << 32n;

async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), "apoc-meter-"));
  const state = openState(folder);
  onTestFinished(async () => {
    state.close();
    await rm(folder, { recursive: true });
  });
  const clock = new ManualClock();
  return { usage: state.usage, clock, meter: new Meter(state.usage, clock) };
}

test("time between two readings of a running pod is billed, by the monotonic clock", async () => {
  const { usage, clock, meter } = await setUp();
  meter.read({ pod, running: true, rate });
  clock.advance(10_000);
  clock.setWall(clock.wall() + 86_400_000);
  meter.read({ pod, running: true, rate });
  expect(usage.total(pod)).toBe(10n);
  expect(usage.milliseconds(pod)).toBe(10_000);
});

test("time before, between and after running is not billed", async () => {
  const { usage, clock, meter } = await setUp();
  meter.read({ pod, running: false, rate });
  clock.advance(5_000);
  meter.read({ pod, running: true, rate });
  clock.advance(3_000);
  meter.read({ pod, running: true, rate });
  clock.advance(7_000);
  meter.read({ pod, running: false, rate });
  clock.advance(7_000);
  meter.read({ pod, running: true, rate });
  expect(usage.total(pod)).toBe(3n);
});

test("fractions of a unit are kept over readings, and the total never falls", async () => {
  const { usage, clock, meter } = await setUp();
  let last = 0n;
  for (let i = 0; i <= 30; i++) {
    meter.read({ pod, running: true, rate });
    clock.advance(100);
    expect(usage.total(pod)).toBeGreaterThanOrEqual(last);
    last = usage.total(pod);
  }
  expect(last).toBe(3n);
});

test("an update bills the old rate until the new generation runs", async () => {
  const { usage, clock, meter } = await setUp();
  meter.read({ pod, running: true, rate });
  clock.advance(10_000);
  meter.read({ pod, running: true });
  clock.advance(10_000);
  meter.read({ pod, running: true, rate: rate * 5n });
  expect(usage.total(pod)).toBe(20n);
  clock.advance(10_000);
  meter.read({ pod, running: true, rate: rate * 5n });
  expect(usage.total(pod)).toBe(70n);
});

test("after a restart of the provider the gap is billed only where the containers are older than the last reading", async () => {
  const { usage, clock, meter } = await setUp();
  const startedAt = clock.wall();
  meter.read({ pod, running: true, rate, startedAt });
  clock.advance(10_000);
  meter.read({ pod, running: true, rate, startedAt });
  clock.advance(60_000);
  new Meter(usage, clock).read({ pod, running: true, rate, startedAt });
  expect(usage.total(pod)).toBe(70n);
  clock.advance(60_000);
  new Meter(usage, clock).read({ pod, running: true, rate, startedAt: clock.wall() - 1_000 });
  expect(usage.total(pod)).toBe(70n);
  clock.advance(60_000);
  new Meter(usage, clock).read({ pod, running: true, rate });
  expect(usage.total(pod)).toBe(70n);
});

test("what runs and is not what should run is not billed without a known rate", async () => {
  const { usage, clock, meter } = await setUp();
  meter.read({ pod, running: true });
  clock.advance(10_000);
  meter.read({ pod, running: true });
  expect(usage.total(pod)).toBe(0n);
});
