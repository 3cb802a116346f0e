import { podIdOf } from "@apoc/core";
import type { ApocError } from "@apoc/errors";
import { bytesToHex, type Hex } from "viem";
import { type AttestedProvider, attestProvider } from "../attestation/attest-provider.ts";
import { findShortfall } from "../channel/balance.ts";
import { type DepositMethod, openingSteps, planDeposit } from "../channel/open-channel.ts";
import { assertNothingPending } from "../channel/pending.ts";
import type { WalletStep } from "../channel/wallet-step.ts";
import type { ClientPorts, NewSessionKey } from "../ports.ts";
import type { DeployRequest } from "./deploy-request.ts";
import { pinImages } from "./pin-images.ts";
import { type PodQuote, quoteAt, type QuotePorts } from "./quote-pod.ts";
import { type Deployment, payingChannel } from "./record.ts";
import { findEarlier, matchManifest, otherManifest } from "./resume.ts";

/** What planning a deployment needs. */
export type DeployPorts = QuotePorts & Pick<ClientPorts, "signer" | "records" | "sessions">;

interface PlanBase {
  readonly request: DeployRequest;
  readonly provider: AttestedProvider;
  /** What the wallet will be asked for, in order: at most a permit and one transaction where the token knows permits. */
  readonly steps: readonly WalletStep[];
  /** Closes the connection to the provider. `executeDeploy` does, too. */
  close(): Promise<void>;
}

/** A new channel: what it costs, and what will be signed and sent. */
export interface OpenPlan extends PlanBase, PodQuote {
  readonly kind: "open";
  /** Base units. */
  readonly deposit: bigint;
  readonly method: DepositMethod;
  /** The pod's first key, which signs all requests about it; with the salt it makes the pod id. */
  readonly session: NewSessionKey;
  readonly salt: Hex;
  /** A record whose channel was never opened, which this deployment replaces. */
  readonly replaces: Hex | undefined;
  /** Why the plan cannot be executed: a failed admission check, or INSUFFICIENT_FUNDS. */
  readonly obstacle: ApocError | undefined;
}

/** A deployment that was paid before and goes on with its channel: nothing is paid again. */
export interface ResumePlan extends PlanBase {
  readonly kind: "resume";
  readonly deployment: Deployment;
}

/** What a deployment will do; nothing has been signed, sent or recorded. */
export type DeployPlan = OpenPlan | ResumePlan;

/**
 * Plans a deployment: finds the channel that an interrupted deployment of the same manifest has paid, else gets and
 * verifies a quote. The caller executes or closes the plan.
 * Throws POD_EXISTS, POD_CHANGED, TRANSACTION_PENDING, and what `quotePod` throws.
 */
export async function planDeploy(ports: DeployPorts, request: DeployRequest): Promise<DeployPlan> {
  const { chain, signer, onEvent } = ports;
  const earlier = await findEarlier(ports, request.pod.manifest.name);
  const paid = earlier?.channel === "paid" ? earlier.deployment : undefined;
  if (paid === undefined) await assertNothingPending(chain, signer.address);
  else onEvent({ type: "deployment-found", deployment: paid });
  const provider = await attestProvider(ports, request.provider, {
    chainId: chain.chainId,
    ...(paid === undefined ? {} : { provider: payingChannel(paid).terms.header.provider }),
  });
  try {
    return paid === undefined
      ? await planOpening(ports, request, provider, earlier?.deployment.podId)
      : await planResuming(ports, request, provider, paid);
  } catch (error) {
    await provider.close();
    throw error;
  }
}

async function planOpening(
  ports: DeployPorts,
  request: DeployRequest,
  provider: AttestedProvider,
  replaces: Hex | undefined,
): Promise<OpenPlan> {
  const { chain, signer } = ports;
  const session = await ports.sessions.create();
  const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  const pod = { publisher: signer.address, podId: podIdOf(session.key, salt) };
  const quoted = await quoteAt(ports, provider, { ...request, ...pod });
  const { token } = quoted;
  const deposit = quoted.price.breakdown.total;
  const method = await planDeposit(chain, signer.address, token.address, deposit);
  const opening = { terms: quoted.quote.channel, deposit, method };
  return {
    ...quoted,
    kind: "open",
    request,
    deposit,
    method,
    session,
    salt,
    replaces,
    obstacle: quoted.refusal ?? (await findShortfall(chain, signer.address, token, deposit)),
    steps: openingSteps(chain.address("paymentChannel"), opening),
    close: () => provider.close(),
  };
}

async function planResuming(
  ports: DeployPorts,
  request: DeployRequest,
  provider: AttestedProvider,
  paid: Deployment,
): Promise<ResumePlan> {
  const { platform } = await provider.client.info();
  const { manifest } = await pinImages(ports, request.pod.manifest, platform);
  const match = matchManifest(paid, manifest);
  if (match !== "same") throw otherManifest(paid, match);
  const state = paid.state === "opening" ? "open" : paid.state;
  return {
    kind: "resume",
    request,
    provider,
    deployment: { ...paid, state, providerUrl: provider.url },
    steps: [],
    close: () => provider.close(),
  };
}
