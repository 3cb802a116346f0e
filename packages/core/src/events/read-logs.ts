import { ApocError } from "@apoc/errors";
import pMap from "p-map";
import { paymentErrors } from "../errors.ts";
import { Refusal } from "./refusal.ts";

/** Blocks to read, both ends included. */
export interface BlockRange {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** Parts that are requested at a time, once the endpoint has refused the whole range. */
const concurrency = 4;
/** Rounds without a refusal before parts of twice the size are tried; doubles after each failed try. */
const patience = 4;
/** Parts in a row that may time out before the endpoint counts as failed. */
const timeouts = 3;

/**
 * Reads the logs of a range of blocks, in the order of the chain. `read` requests a part of it from the endpoint.
 *
 * Endpoints limit the blocks or the logs of one `eth_getLogs`, and clients limit the bytes of one answer; the limits
 * differ, and so do the errors. So the whole range is requested first; where that is refused, parts of half the size,
 * and so on down to a single block.
 * @throws ApocError EVENTS_UNAVAILABLE where a limit refuses a single block, with the block as `field`; else what `read`
 * throws
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
        if (!result.divisible || late === timeouts) throw result.error;
        if (start === end) throw blockRefused(start, result);
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

/** A timeout is the endpoint's failure; everything else is a limit that one block already exceeds. */
function blockRefused(block: bigint, refusal: Refusal): unknown {
  if (refusal.timeout) return refusal.error;
  return new ApocError(paymentErrors.EVENTS_UNAVAILABLE, {
    field: `block ${block}`,
    expected: refusal.maxBytes === undefined ? undefined : `at most ${refusal.maxBytes} bytes`,
    actual: refusal.reason,
    detail: "Another RPC endpoint may have other limits.",
    cause: refusal.error,
  });
}

/** The next few parts of a range. */
function rangesFrom(start: bigint, last: bigint, size: bigint): BlockRange[] {
  const ranges: BlockRange[] = [];
  for (let from = start; from <= last && ranges.length < concurrency; from += size) {
    const end = from + size - 1n;
    ranges.push({ fromBlock: from, toBlock: end < last ? end : last });
  }
  return ranges;
}
