import type { OpenChain } from "../chain/connect-chain.ts";
import { type ChannelAccount, readAccount } from "../channel/account.ts";
import type { DeploymentRecords } from "../ports.ts";
import { describeState } from "./describe-state.ts";
import { type Deployment, payingChannel } from "./record.ts";

/** A deployment with what the chain says of it. */
export interface ListedPod {
  readonly deployment: Deployment;
  /** What it is, in a word or two. */
  readonly state: string;
  /** Absent for deployments on another network than the chain's, and without a chain. */
  readonly account: ChannelAccount | undefined;
}

/** Recorded deployments, newest first. Without a chain, states are those of the last use. Throws CHAIN_UNREACHABLE. */
export async function listPods(
  records: DeploymentRecords,
  chain: OpenChain | undefined,
  { all = false }: { readonly all?: boolean } = {},
): Promise<ListedPod[]> {
  const shown = (await records.list()).filter(({ state }) => all || state !== "closed");
  return Promise.all(
    shown.map(async (deployment) => {
      const here = chain?.network.name === deployment.network;
      const account =
        here && chain !== undefined ? await readAccount(chain, payingChannel(deployment)) : undefined;
      return { deployment, state: describeState(deployment, account), account };
    }),
  );
}
