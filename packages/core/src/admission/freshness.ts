import { ApocError } from "@apoc/errors";
import { isAddressEqual } from "viem";
import { admissionErrors } from "../errors.ts";
import type { ChainSource } from "../chain-view/chain-view.ts";
import type { FreshnessPolicy } from "../chain-view/freshness.ts";
import { blockStatementTypedData } from "../chain-view/block-statement.ts";
import { surveyChain } from "../chain-view/survey.ts";
import type { Admission } from "./admission.ts";
import { defineCheck } from "./check.ts";

/** Oldest block that a publisher may name as seen, in seconds. */
const maxSeenAge = 600;

/**
 * Check 2: this provider looks at the living chain, not at a stale or forked copy of it: all configured sources answer,
 * their heads are recent, they agree on the confirmed block, and publisher and monitors see the same chain.
 */
export const freshness = defineCheck({
  name: "freshness",
  needs: [],
  async run(admission) {
    const { sources } = admission.ports.chain;
    const policy: FreshnessPolicy = { ...admission.provider.policy, silentSources: "refuse" };
    const view = await surveyChain(sources, policy, admission.now);
    if (view.kind !== "fresh") throw view.reason;
    await checkPublisher(admission, sources[0]!, view.lowest);
    await checkMonitors(admission, sources[0]!);
    return { confirmed: view.confirmed };
  },
});

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
