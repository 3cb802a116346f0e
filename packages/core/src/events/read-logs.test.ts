import { createPublicClient, http } from "viem";
import { afterEach, expect, test } from "vitest";
import { paymentErrors } from "../errors.ts";
import { type BlockRange, readLogs } from "./read-logs.ts";
import { type Answer, type LogEndpoint, type LoggedEvent, serveLogs } from "./testing/log-endpoint.ts";

const open: LogEndpoint[] = [];
afterEach(async () => {
  for (const served of open.splice(0)) await served.close();
});

/** An endpoint with one small log in each of these blocks, or with these events, and what reads from it. */
async function endpoint(
  logged: readonly (bigint | LoggedEvent)[],
  answer: (range: BlockRange, found: number) => Answer,
  timeout = 10_000,
) {
  const events = logged.map((one) => (typeof one === "bigint" ? { block: one, bytes: 0 } : one));
  const served = await serveLogs(events, answer);
  open.push(served);
  const client = createPublicClient({ transport: http(served.url, { retryCount: 0, timeout }) });
  return { ...served, read: (range: BlockRange) => client.getLogs(range) };
}

const sparse = [3n, 5000n, 5001n, 77_777n, 99_999n];
const whole = { fromBlock: 0n, toBlock: 100_000n };
const blocksOf = (range: BlockRange) => range.toBlock - range.fromBlock + 1n;

test("an endpoint that takes the whole range gets one request", async () => {
  const { asked, read } = await endpoint(sparse, () => "logs");
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(sparse);
  expect(asked).toEqual([whole]);
});

test("no blocks, no request", async () => {
  const { asked, read } = await endpoint(sparse, () => "logs");
  expect(await readLogs({ fromBlock: 5n, toBlock: 4n }, read)).toEqual([]);
  expect(asked).toEqual([]);
});

test.each<[string, Answer]>([
  ["limit exceeded", { code: -32_005 }],
  ["invalid parameters", { code: -32_602 }],
  ["an error of its own", { code: 35 }],
  ["a bare 413", { status: 413 }],
  ["a bare 400", { status: 400 }],
])("a limit of blocks, reported as %s: every log once, in order", async (_name, refusal) => {
  const { asked, read } = await endpoint(sparse, (range) => (blocksOf(range) <= 1000n ? "logs" : refusal));
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(sparse);
  expect(asked.length).toBeLessThan(180);
});

test("a limit of logs: parts are small only where logs are dense", async () => {
  const dense = Array.from({ length: 4000 }, (_, i) => 50_000n + BigInt(i));
  const { asked, read } = await endpoint(dense, (_range, found) =>
    found <= 500 ? "logs" : { code: -32_005 },
  );
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(dense);
  expect(asked.length).toBeLessThan(120);
});

test("limits of blocks, logs and bytes at once: every log once, in order", async () => {
  // 130 large events of one stranger among 2,000 small ones: 26 MB of answers, of which viem takes 10 MiB at a time.
  const small = Array.from({ length: 2000 }, (_, i) => ({ block: 40_000n + BigInt(i), bytes: 32 }));
  const large = Array.from({ length: 130 }, (_, i) => ({ block: 41_000n + BigInt(i), bytes: 100_000 }));
  const events = [...small, ...large].toSorted((a, b) => Number(a.block - b.block));
  const { asked, read } = await endpoint(events, (range, found) => {
    if (blocksOf(range) > 20_000n) return { code: -32_602 };
    return found > 400 ? { code: -32_005 } : "logs";
  });
  const logs = await readLogs(whole, read);
  expect(logs.map(({ blockNumber, data }) => [blockNumber, data.length])).toEqual(
    events.map(({ block, bytes }) => [block, 2 + 2 * bytes]),
  );
  expect(asked.length).toBeLessThan(250);
});

test("many small logs exceed the limit of bytes only: the range is divided", async () => {
  const events = Array.from({ length: 20_000 }, (_, i) => BigInt(i));
  const { asked, read } = await endpoint(events, () => "logs");
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(events);
  expect(asked.length).toBeLessThan(30);
});

test("a limit that refuses a single block is an error with the block's number", async () => {
  const { asked, read } = await endpoint(sparse, (range) =>
    range.fromBlock <= 5000n && range.toBlock >= 5000n ? { code: -32_000 } : "logs",
  );
  await expect(readLogs(whole, read)).rejects.toMatchObject({
    descriptor: paymentErrors.EVENTS_UNAVAILABLE,
    field: "block 5000",
    actual: "limit",
  });
  expect(asked.length).toBeLessThan(18 * 4);
});

test("a single block whose logs exceed the limit of bytes is an error with the block's number", async () => {
  const flood = { block: 20n, bytes: 6_000_000 };
  const { asked, read } = await endpoint([3n, flood, 60n], () => "logs");
  await expect(readLogs({ fromBlock: 0n, toBlock: 63n }, read)).rejects.toMatchObject({
    descriptor: paymentErrors.EVENTS_UNAVAILABLE,
    field: "block 20",
    expected: "at most 10485760 bytes",
  });
  expect(asked.length).toBeLessThan(7 * 4);
});

test.each<[string, Answer]>([
  ["an unknown method", { code: -32_601 }],
  ["a refused key", { status: 401 }],
  ["too many requests", { status: 429 }],
  ["too many requests, by code", { code: 429 }],
])("%s: no further requests", async (_name, answer) => {
  const { asked, read } = await endpoint(sparse, () => answer);
  await expect(readLogs(whole, read)).rejects.toThrow();
  expect(asked).toHaveLength(1);
});

test("queries that time out are divided, but a silent endpoint fails soon", async () => {
  const slow = await endpoint(sparse, (range) => (blocksOf(range) > 60_000n ? "silence" : "logs"), 400);
  expect((await readLogs(whole, slow.read)).map(({ blockNumber }) => blockNumber)).toEqual(sparse);
  const silent = await endpoint(sparse, () => "silence", 400);
  await expect(readLogs(whole, silent.read)).rejects.toMatchObject({ name: "TimeoutError" });
  expect(silent.asked.length).toBeLessThan(10);
});

test("an unreachable endpoint gets one request", async () => {
  const { asked, read, close } = await endpoint(sparse, () => "logs");
  await close();
  await expect(readLogs(whole, read)).rejects.toMatchObject({ name: "HttpRequestError" });
  expect(asked).toEqual([]);
});
