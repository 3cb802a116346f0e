import { formatAmount, paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { type OpenChain, readToken, sendCall } from "@apoc/client";
import type { Wallet } from "@apoc/terminal/wallet";
import { parseEventLogs } from "viem";
import { readAccount } from "../channel/channel-account.ts";
import { hasEnded, startUnlock, waitForEnd } from "../channel/end-channel.ts";
import { assertNothingPending } from "../channel/pending.ts";
import { openDeploymentChain, openDeploymentWallet } from "../deployment/open-deployment.ts";
import type { Deployment } from "../deployment/record.ts";
import { openDeployments } from "../deployment/store.ts";
import { connectProvider } from "../provider/connect.ts";
import { authorize } from "../provider/signed-request.ts";

/** How long a provider that has stopped the pod gets to end the channel before it is unlocked instead. */
const terminationMilliseconds = 30_000;

/** What gave the rest free: the provider's termination, or the end of an unlock. */
type Ending = "termination" | "unlock";

interface Input {
  readonly args: { readonly pod: string };
  readonly options: { readonly wait: boolean; readonly policy: string | undefined };
}

/** Runs `apoc pod close`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const store = openDeployments(ctx.config.dataDirectory);
  let deployment = await store.get(args.pod);
  const chain = await openDeploymentChain(ctx, deployment);
  const wallet = await openDeploymentWallet(ctx, deployment);
  const token = await readToken(chain, deployment.terms.header.token);
  const before = await readAccount(chain, deployment);
  const empty = before.state.deposited === 0n && before.state.acceptedAt === 0;
  if (empty && !before.state.closed) {
    // Only an opening that was never sent leaves no trace; anything else means that this is not the right chain.
    if (deployment.state !== "opening") {
      throw new ApocError(paymentErrors.CHANNEL_UNKNOWN, {
        field: deployment.id,
        next: { action: "check-chain" },
      });
    }
    await assertNothingPending(chain, wallet.address);
  }
  if (before.state.closed || empty) {
    await store.save({ ...deployment, state: "closed" });
    ctx.ui.note(`${deployment.name} is closed; nothing is left in channel ${deployment.id}.`);
    ctx.output.result({ id: deployment.id, state: "closed", refunded: 0n }, deployment.id);
    return;
  }
  let ended: Ending = "unlock";
  if (!hasEnded(before)) {
    const again = before.state.unlockAt !== 0;
    if (!again) {
      await ctx.ui.confirm(`Stop ${deployment.name} and close channel ${deployment.id} (${chain.caip2})?`);
    }
    const stopped = await stopAtProvider(ctx, chain, wallet, deployment, { policy: options.policy, again });
    deployment = await store.get(deployment.id);
    await store.save({ ...deployment, state: "closing" });
    if (stopped && (await waitForEnd(chain, deployment, terminationMilliseconds))) {
      ended = "termination";
      ctx.ui.step("Settled", "the provider took its last payment and ended the channel");
    } else {
      if (stopped) {
        ctx.ui.warn(
          `The provider has not ended the channel within ${terminationMilliseconds / 1000} s; unlocking it instead.`,
        );
      }
      await startUnlock(chain, wallet.signer, deployment);
      if (options.wait) await waitForEnd(chain, deployment);
    }
  }
  const account = await readAccount(chain, deployment);
  if (!hasEnded(account)) {
    const unlockAt = new Date(account.state.unlockAt * 1000).toISOString();
    ctx.ui.step("Unlocking", `until ${unlockAt}; then: apoc pod close ${deployment.name}`);
    ctx.output.result({ id: deployment.id, state: "closing", unlockAt }, deployment.id);
    return;
  }
  const receipt = await sendCall(chain, wallet.signer, {
    address: deployment.contract,
    abi: paymentChannelAbi,
    functionName: "closeChannel",
    args: [deployment.terms.header, wallet.address],
  });
  const [event] = parseEventLogs({ abi: paymentChannelAbi, eventName: "Refunded", logs: receipt.logs });
  const refunded = event?.args.amount ?? 0n;
  await store.save({ ...deployment, state: "closed" });
  ctx.ui.step(
    "Closed",
    `${formatAmount(refunded, token.decimals)} ${token.symbol} returned to ${wallet.address}`,
  );
  ctx.output.result({ id: deployment.id, state: "closed", refunded, ended }, deployment.id);
}

/**
 * The money does not depend on the provider: where it does not answer, closing goes on. Tells whether it has stopped
 * the pod. `again`: it was asked before, so a refusal is no news.
 */
async function stopAtProvider(
  ctx: Context,
  chain: OpenChain,
  wallet: Wallet,
  deployment: Deployment,
  { policy, again }: { readonly policy: string | undefined; readonly again: boolean },
): Promise<boolean> {
  const { id, terms } = deployment;
  try {
    const connection = await connectProvider(ctx, deployment, policy);
    try {
      const target = { pod: id, provider: terms.header.provider };
      await connection.client.deletePod(id, await authorize(chain, wallet.account, "delete", target));
      ctx.ui.step("Stopped", `by ${new URL(deployment.providerUrl).host}`);
      return true;
    } finally {
      await connection.close();
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isApocError(error)) throw error;
    const text = `The provider did not stop the pod: ${error.code} ${error.message}.`;
    if (again) ctx.ui.detail(text);
    else ctx.ui.warn(`${text}\nUnlocking the channel all the same; the rest is yours when that is over.`);
    return false;
  }
}
