import pMap from "p-map";
import {
  BaseError,
  HttpRequestError,
  MethodNotFoundRpcError,
  MethodNotSupportedRpcError,
  RpcRequestError,
  TimeoutError,
} from "viem";

/** Blocks to read, both ends included. */
export interface BlockRange {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** Ranges that are asked for at a time, once it is known that the endpoint does not take all blocks at once. */
const concurrency = 4;
/** Rounds without a refusal after which parts of twice the size are tried; twice as many after each vain try. */
const patience = 4;
/** Ranges that may run into the time limit, one after the other, before that is taken for the endpoint's failure. */
const timeouts = 3;

/**
 * Reads the logs of a range of blocks, in the order of the chain, by `read`, which asks the endpoint for a part of it.
 *
 * Endpoints limit how many blocks, or how many logs, they look up for one `eth_getLogs`; the limits differ, and so do
 * the errors. So the whole range is asked for first; where that is refused, parts of half the size, and so on down to
 * a single block, whose refusal is the caller's.
 * @throws what `read` throws
 */
export async function readLogs<T>(
  { fromBlock, toBlock }: BlockRange,
  read: (range: BlockRange) => Promise<readonly T[]>,
): Promise<T[]> {
  const logs: T[] = [];
  let [next, size] = [fromBlock, toBlock - fromBlock + 1n];
  let [rounds, wait, late] = [0, patience, 0];
  let grown = false;
  while (next <= toBlock) {
    const parts = rangesFrom(next, toBlock, size);
    const results = await pMap(parts, (part) => read(part).catch((error: unknown) => new Refusal(error)), {
      concurrency,
    });
    for (const [i, result] of results.entries()) {
      const { fromBlock: start, toBlock: end } = parts[i]!;
      if (result instanceof Refusal) {
        late = result.timeout ? late + 1 : 0;
        if (start === end || !result.divisible || late === timeouts) throw result.error;
        size = (end - start + 1n) / 2n;
        if (grown) wait *= 2;
        [rounds, grown] = [0, false];
        break;
      }
      for (const log of result) logs.push(log);
      next = end + 1n;
      late = 0;
    }
    rounds += 1;
    if (rounds > wait) [size, rounds, grown] = [size * 2n, 0, true];
  }
  return logs;
}

/** The next few parts of a range; the first alone where it may be the whole. */
function rangesFrom(start: bigint, last: bigint, size: bigint): BlockRange[] {
  const ranges: BlockRange[] = [];
  for (let from = start; from <= last && ranges.length < concurrency; from += size) {
    const end = from + size - 1n;
    ranges.push({ fromBlock: from, toBlock: end < last ? end : last });
  }
  return ranges;
}

/** Why an endpoint gave no logs for a part. */
class Refusal {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }

  get timeout(): boolean {
    return this.#is(TimeoutError);
  }

  /**
   * Whether fewer blocks may help: the endpoint answered with an error, or not in time. They do not where nobody
   * answers, access is refused, there were too many requests, or the method is not served.
   */
  get divisible(): boolean {
    if (this.#is(MethodNotFoundRpcError) || this.#is(MethodNotSupportedRpcError)) return false;
    const rpc = this.#find(RpcRequestError);
    const status = rpc?.status ?? this.#find(HttpRequestError)?.status;
    if (status !== undefined) return ![401, 403, 404, 429].includes(status);
    return this.timeout || (rpc !== undefined && ![429, -32_007].includes(rpc.code));
  }

  #is(type: abstract new (...args: never[]) => unknown): boolean {
    return this.#find(type) !== undefined;
  }

  #find<T>(type: abstract new (...args: never[]) => T): T | undefined {
    const found: unknown =
      this.error instanceof BaseError ? this.error.walk((item) => item instanceof type) : undefined;
    return found instanceof type ? found : undefined;
  }
}
