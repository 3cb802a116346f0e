import { ApocError } from "@apoc/errors";
import { isAddressEqual } from "viem";
import { admissionErrors } from "../errors.ts";
import type { Admission, BlockReference, ChainSource, Check } from "./admission.ts";
import { blockStatementTypedData } from "./block-statement.ts";

/** Oldest block that a publisher may name as seen, in seconds. */
const maxSeenAge = 600;

/**
 * Check 2: this provider looks at the living chain, not at a stale or forked copy of it: the heads are recent, all
 * configured sources agree on the confirmed block, and publisher and monitors see the same chain.
 */
export const checkFreshness: Check = async (admission) => {
  const { sources } = admission.ports.chain;
  const heads = await Promise.all(sources.map(head));
  const reached = heads.filter((entry) => entry !== undefined);
  if (reached.length === 0)
    throw new ApocError(admissionErrors.CHAIN_UNREACHABLE, { actual: `0 of ${sources.length} answer` });
  if (reached.length < sources.length) {
    throw new ApocError(admissionErrors.CHAIN_DISAGREES, {
      expected: `${sources.length} answers`,
      actual: String(reached.length),
    });
  }
  const { now } = admission;
  const { maxHeadAgeSeconds, confirmations } = admission.provider.policy;
  for (const { source, block } of reached) {
    if (Math.abs(now - block.timestamp) > maxHeadAgeSeconds) {
      throw new ApocError(admissionErrors.CHAIN_STALE, {
        field: source.name,
        expected: `a head at most ${maxHeadAgeSeconds} s old`,
        actual: `${now - block.timestamp} s`,
      });
    }
  }
  const lowest = reached.map(({ block }) => block.number).reduce((a, b) => (a < b ? a : b));
  const confirmed = lowest > BigInt(confirmations) ? lowest - BigInt(confirmations) : 0n;
  await assertSame(sources, confirmed);
  await checkPublisher(admission, sources[0]!, lowest);
  await checkMonitors(admission, sources[0]!);
  admission.confirmedBlock = confirmed;
};

async function head(
  source: ChainSource,
): Promise<{ source: ChainSource; block: BlockReference } | undefined> {
  try {
    return { source, block: await source.head() };
  } catch {
    return undefined;
  }
}

async function assertSame(sources: readonly ChainSource[], number: bigint): Promise<void> {
  const hashes = await Promise.all(
    sources.map(async (source) => (await source.block(number).catch(() => undefined))?.hash),
  );
  const different = hashes.findIndex((hash) => hash === undefined || hash !== hashes[0]);
  if (different >= 0) {
    throw new ApocError(admissionErrors.CHAIN_DISAGREES, {
      field: `block ${number} of ${sources[different]!.name}`,
      expected: hashes[0] ?? "a block",
      actual: hashes[different] ?? "no block",
    });
  }
}

async function checkPublisher(
  { request, now }: Admission,
  source: ChainSource,
  lowest: bigint,
): Promise<void> {
  if (request === undefined) return;
  const { blockNumber, blockHash } = request.authorization;
  const own = blockNumber > lowest ? undefined : await source.block(blockNumber);
  if (own === undefined) {
    throw new ApocError(admissionErrors.CHAIN_STALE, {
      field: "blockNumber",
      expected: `at least ${blockNumber}`,
      actual: String(lowest),
    });
  }
  if (own.hash !== blockHash) {
    throw new ApocError(admissionErrors.CHAIN_FORK, {
      field: `block ${blockNumber}`,
      expected: blockHash,
      actual: own.hash,
    });
  }
  if (now - own.timestamp > maxSeenAge) {
    throw new ApocError(admissionErrors.CHAIN_FORK, {
      field: `block ${blockNumber}`,
      expected: `at most ${maxSeenAge} s old`,
      actual: `${now - own.timestamp} s`,
    });
  }
}

async function checkMonitors({ provider, ports, now }: Admission, source: ChainSource): Promise<void> {
  const { monitors, maxHeadAgeSeconds } = provider.policy;
  if (monitors.length === 0) return;
  const statements = await ports.chain.statements();
  for (const monitor of monitors) {
    const statement = statements
      .filter((s) => isAddressEqual(s.monitor, monitor) && now - s.seenAt <= maxHeadAgeSeconds)
      .sort((a, b) => b.seenAt - a.seenAt)[0];
    const signed =
      statement !== undefined &&
      (await ports.verifySignature(
        monitor,
        blockStatementTypedData(provider.chainId, statement),
        statement.signature,
      ));
    if (statement === undefined || !signed) {
      throw new ApocError(admissionErrors.CHAIN_MONITORS, {
        field: monitor,
        expected: "a signed statement about a recent block",
      });
    }
    const own = await source.block(statement.number);
    if (own?.hash !== statement.hash) {
      throw new ApocError(admissionErrors.CHAIN_FORK, {
        field: `block ${statement.number} of monitor ${monitor}`,
        expected: statement.hash,
        actual: own?.hash ?? "no block",
      });
    }
  }
}
