import { setTimeout as sleep } from "node:timers/promises";
import { formatAmount, paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import { type Context, defineCommand } from "@apoc/terminal";
import { type OpenChain, readToken, sendCall } from "@apoc/terminal/chain";
import type { Wallet } from "@apoc/terminal/wallet";
import { parseEventLogs } from "viem";
import { readAccount } from "../channel/channel-account.ts";
import { assertNothingPending } from "../channel/pending.ts";
import type { Deployment } from "../deployment/record.ts";
import { openDeploymentChain, openDeploymentWallet } from "../deployment/open-deployment.ts";
import { openDeployments } from "../deployment/store.ts";
import { connectProvider } from "../provider/connect.ts";
import { authorize } from "../provider/signed-request.ts";

/** `apoc pod close`: stop at the provider, unlock, take back the rest. Works without the provider, too. */
export const command = defineCommand({
  description:
    "Tells the provider to stop the pod and starts the unlock of the channel. What has not accrued by its end is yours:\n" +
    "at once where the provider has ended the channel, else after the unlock period. Give the command again, or --wait.",
  args: { pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" } },
  options: {
    wait: { flags: "--wait", description: "wait for the end of the unlock and take back the rest" },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [{ text: "Close a pod", command: "apoc pod close books --wait" }],
  async run(ctx, { args, options }) {
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
          hint: "apoc chain status",
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
    if (before.state.unlockAt === 0) {
      await ctx.ui.confirm(`Stop ${deployment.name} and close channel ${deployment.id} (${chain.caip2})?`, {
        hint: `apoc pod close ${args.pod} --yes`,
      });
      await stopAtProvider(ctx, chain, wallet, deployment, options.policy);
      deployment = await store.get(deployment.id);
      await unlock(chain, wallet, deployment);
    }
    await store.save({ ...deployment, state: "closing" });
    if (options.wait) await untilUnlocked(ctx, chain, deployment);
    const { state, now } = await readAccount(chain, deployment);
    if (state.unlockAt === 0 || state.unlockAt > now) {
      const unlockAt = new Date(state.unlockAt * 1000).toISOString();
      ctx.ui.step("Unlocking", `until ${unlockAt}; then: apoc pod close ${deployment.name}`);
      ctx.output.result({ id: deployment.id, state: "closing", unlockAt }, deployment.id);
      return;
    }
    const receipt = await sendCall(chain, wallet.account, {
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
    ctx.output.result({ id: deployment.id, state: "closed", refunded }, deployment.id);
  },
});

/** The money does not depend on the provider: where it does not answer, closing goes on. */
async function stopAtProvider(
  ctx: Context,
  chain: OpenChain,
  wallet: Wallet,
  deployment: Deployment,
  policy: string | undefined,
): Promise<void> {
  const { id, terms } = deployment;
  try {
    const connection = await connectProvider(ctx, deployment, policy);
    try {
      const target = { pod: id, provider: terms.header.provider };
      await connection.client.deletePod(id, await authorize(chain, wallet.account, "delete", target));
      ctx.ui.step("Stopped", `by ${new URL(deployment.providerUrl).host}`);
    } finally {
      await connection.close();
    }
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isApocError(error)) throw error;
    ctx.ui.warn(
      `The provider did not stop the pod: ${error.code} ${error.message}.\nClosing the channel all the same.`,
    );
  }
}

/** The provider may have ended the channel meanwhile: then there is nothing to unlock. */
async function unlock(chain: OpenChain, wallet: Wallet, deployment: Deployment): Promise<void> {
  const { state } = await readAccount(chain, deployment);
  if (state.unlockAt !== 0 || state.closed) return;
  try {
    await sendCall(chain, wallet.account, {
      address: deployment.contract,
      abi: paymentChannelAbi,
      functionName: "unlock",
      args: [deployment.terms.header],
    });
  } catch (error) {
    const { state: after } = await readAccount(chain, deployment);
    if (after.unlockAt === 0 && !after.closed) throw error;
  }
}

/** A provider that terminates ends the unlock early; so the chain is asked again and again. */
async function untilUnlocked(ctx: Context, chain: OpenChain, deployment: Deployment): Promise<void> {
  for (;;) {
    const { state, now } = await readAccount(chain, deployment);
    if (state.closed || (state.unlockAt !== 0 && state.unlockAt <= now)) return;
    await sleep(Math.max(1000, chain.client.pollingInterval), undefined, { signal: ctx.signal });
  }
}
