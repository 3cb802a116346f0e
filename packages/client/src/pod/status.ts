import type { PodStatus } from "@apoc/core";
import type { OpenChain } from "../chain/connect-chain.ts";
import { readToken, type Token } from "../chain/token.ts";
import { type ChannelAccount, type PayeeSpending, readAccount, readSpending } from "../channel/account.ts";
import { type ConnectPorts, connectProvider } from "./connect.ts";
import { describeState } from "./describe-state.ts";
import { assertNetwork } from "./ownership.ts";
import { podRequests, type RequestPorts } from "./pod-requests.ts";
import { type Deployment, payingChannel } from "./record.ts";

/** Where the money of a pod is; amounts in base units. */
export interface PodFunds {
  /** What the deployment is, in a word or two. */
  readonly state: string;
  readonly account: ChannelAccount;
  readonly spending: readonly PayeeSpending[];
  readonly token: Token;
}

/** Reads the funds of a pod from the chain; the provider is not asked. Throws NETWORK_OTHER, CHAIN_UNREACHABLE. */
export async function readPodFunds(chain: OpenChain, deployment: Deployment): Promise<PodFunds> {
  assertNetwork(chain, deployment);
  const channel = payingChannel(deployment);
  const token = await readToken(chain, channel.terms.header.token);
  const account = await readAccount(chain, channel);
  const spending = await readSpending(chain, channel, account);
  return { state: describeState(deployment, account), account, spending, token };
}

/** Asks the provider for the state of a pod. Throws what the provider answers and what `connectProvider` throws. */
export async function readPodStatus(
  ports: ConnectPorts & RequestPorts,
  deployment: Deployment,
): Promise<PodStatus> {
  assertNetwork(ports.chain, deployment);
  const connection = await connectProvider(ports, deployment);
  try {
    return await podRequests(ports, connection.client, deployment).status();
  } finally {
    await connection.close();
  }
}
