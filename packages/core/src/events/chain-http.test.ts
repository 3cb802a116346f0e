import { createPublicClient, fallback, type Transport } from "viem";
import { afterEach, expect, test } from "vitest";
import { chainHttp } from "./chain-http.ts";
import { type BlockRange, readLogs } from "./read-logs.ts";
import { type LogEndpoint, serveLogs } from "./testing/log-endpoint.ts";

const open: LogEndpoint[] = [];
afterEach(async () => {
  for (const served of open.splice(0)) await served.close();
});

/** 12 MB of logs in block 20. */
const flooded = [3n, 20n, 20n, 20n, 60n].map((block) => ({ block, bytes: block === 20n ? 2_000_000 : 1 }));

test.each<[string, (url: string) => Transport]>([
  ["alone", (url) => chainHttp(url)],
  ["after an endpoint that is down", (url) => fallback([chainHttp("http://127.0.0.1:1"), chainHttp(url)])],
])(
  "%s: a block that a stranger filled is read; ranges that hold it are divided, not retried",
  async (_name, transport) => {
    const served = await serveLogs(flooded, () => "logs");
    open.push(served);
    const client = createPublicClient({ transport: transport(served.url) });
    const logs = await readLogs({ fromBlock: 0n, toBlock: 63n }, (range: BlockRange) =>
      client.getLogs(range),
    );
    expect(logs.map(({ blockNumber }) => blockNumber)).toEqual(flooded.map(({ block }) => block));
    const asked = served.asked.map(({ fromBlock, toBlock }) => `${fromBlock}-${toBlock}`);
    expect(new Set(asked).size).toBe(asked.length);
  },
);

test("other failures are retried as often as configured", async () => {
  const served = await serveLogs([], () => ({ status: 503 }));
  open.push(served);
  const client = createPublicClient({ transport: chainHttp(served.url, { retryCount: 2, retryDelay: 1 }) });
  await expect(client.getLogs({ fromBlock: 1n, toBlock: 1n })).rejects.toMatchObject({ status: 503 });
  expect(served.asked).toHaveLength(3);
});
