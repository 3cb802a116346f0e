import { toBase64 } from "@apoc/encoding";
import { formatAmount, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context } from "@apoc/terminal";
import { type AttestedProvider, type OpenChain, readTokenBalance } from "@apoc/client";
import type { Wallet } from "@apoc/terminal/wallet";
import { assertNothingPending } from "../channel/pending.ts";
import { openChannel } from "../channel/open-channel.ts";
import { publisherErrors } from "../errors.ts";
import { renderBreakdown, renderMarketplaceNotice } from "../price/render-breakdown.ts";
import { type PodPlan, type PodWish, planPod } from "../quote/plan-pod.ts";
import { failedCheck, reportChecks } from "../quote/report-checks.ts";
import { waitForDepth } from "./provision.ts";
import type { Deployment } from "./record.ts";
import { assertWithinLimit } from "./spending-limit.ts";
import { openDeployments } from "./store.ts";

/** What a deployment works with. */
export interface DeployBase {
  readonly ctx: Context;
  readonly chain: OpenChain;
  readonly wallet: Wallet;
  readonly wish: PodWish;
}

/** A paid channel, and the attested provider that is to run the pod. */
export interface PaidDeployment {
  readonly deployment: Deployment;
  readonly provider: AttestedProvider;
}

/** Gets the quote, shows and confirms the price, and opens the channel. The record is written before money moves. */
export async function pay(
  base: DeployBase,
  limit: { readonly maxTotal: string | undefined },
): Promise<PaidDeployment> {
  const { ctx, chain, wallet, wish } = base;
  await assertNothingPending(chain, wallet.address);
  const plan = await planPod(ctx, chain, wish);
  try {
    const deposit = await agree(base, plan, limit);
    const { quote } = plan;
    if (quote.signature === undefined) {
      throw new ApocError(publisherErrors.QUOTE_SIGNATURE, { field: "quote.signature", actual: "none" });
    }
    const store = openDeployments(ctx.config.dataDirectory);
    const opening: Deployment = {
      version: 1,
      id: quote.channelId,
      name: plan.pinned.manifest.name,
      state: "opening",
      network: chain.network.name,
      chainId: chain.chainId,
      contract: chain.address("paymentChannel"),
      providerUrl: plan.provider.url,
      tlsKey: toBase64(plan.provider.tlsKey),
      wrappingKey: toBase64(plan.provider.wrappingKey),
      terms: quote.channel,
      manifest: plan.pinned.manifest,
      deposit,
      createdAt: new Date().toISOString(),
    };
    await store.save(opening);
    const receipt = await openChannel(chain, wallet.signer, {
      terms: quote.channel,
      deposit,
      quote: quote.signature,
    });
    const deployment: Deployment = { ...opening, state: "open" };
    await store.save(deployment);
    const { confirmations } = plan.info.policy;
    await waitForDepth({ chain, signal: ctx.signal }, receipt.blockNumber, confirmations);
    ctx.ui.step(
      "Channel funded",
      `${quote.channelId.slice(0, 10)}…, block ${receipt.blockNumber}, ${confirmations} ${confirmations === 1 ? "confirmation" : "confirmations"}`,
    );
    return { deployment, provider: plan.provider };
  } catch (error) {
    await plan.provider.close();
    throw error;
  }
}

/** Shows checks and price, and returns the deposit that the user agreed to. */
async function agree(
  { ctx, chain, wallet }: DeployBase,
  { quote, view, token, provider, pinned, info }: PodPlan,
  { maxTotal }: { readonly maxTotal: string | undefined },
): Promise<bigint> {
  const { containers, name } = pinned.manifest;
  const vcpu = containers.reduce((sum, { resources }) => sum + resources.cpuMillis, 0) / 1000;
  const mebibytes = containers.reduce((sum, { resources }) => sum + resources.memoryBytes, 0) / 2 ** 20;
  ctx.ui.note(
    `Pod        ${name}  ${containers.length} containers, ${vcpu} vCPU, ${Math.ceil(mebibytes)} MiB`,
  );
  ctx.ui.note(
    `Provider   ${view.provider}  ${provider.address}${info.developmentTee ? "  development TEE" : ""}`,
  );
  const failure = failedCheck(quote.checks, provider.url);
  if (failure !== undefined) {
    reportChecks(ctx.ui, quote.checks);
    ctx.ui.note("No funds were spent.");
    throw failure;
  }
  ctx.ui.notice(["", ...renderMarketplaceNotice(view), ...renderBreakdown(view), ""].join("\n"));
  const { total } = view.breakdown;
  assertWithinLimit(ctx, total, maxTotal, token);
  const balance = await readTokenBalance(chain, token.address, wallet.address);
  if (balance < total) {
    throw new ApocError(paymentErrors.INSUFFICIENT_FUNDS, {
      field: wallet.address,
      expected: `${formatAmount(total, token.decimals)} ${token.symbol}`,
      actual: `${formatAmount(balance, token.decimals)} ${token.symbol}`,
      next: { action: "show-balance" },
    });
  }
  const amount = `${formatAmount(total, token.decimals)} ${token.symbol}`;
  await ctx.ui.confirm(`Deposit ${amount} from ${wallet.address} (${chain.caip2}) and deploy?`);
  return total;
}
