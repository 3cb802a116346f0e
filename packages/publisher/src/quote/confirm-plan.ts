import type { OpenChain, OpenPlan } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import type { Context } from "@apoc/terminal";
import { renderBreakdown, renderMarketplaceNotice } from "../price/render-breakdown.ts";
import { assertWithinLimit } from "../price/spending-limit.ts";
import { reportChecks } from "./report-checks.ts";

/**
 * Shows checks and price of a deployment and asks whether to pay. `maxTotal` in whole tokens.
 * Throws the plan's obstacle, MAX_TOTAL_NEEDED, OVER_MAX_TOTAL, and what `confirm` throws.
 */
export async function confirmPlan(
  ctx: Context,
  { caip2 }: OpenChain,
  payer: string,
  plan: OpenPlan,
  maxTotal: string | undefined,
): Promise<void> {
  const { ui } = ctx;
  const { quote, price, token, provider, pinned, info, deposit, refusal, obstacle } = plan;
  const { containers, name } = pinned.manifest;
  const vcpu = containers.reduce((sum, { resources }) => sum + resources.cpuMillis, 0) / 1000;
  const mebibytes = containers.reduce((sum, { resources }) => sum + resources.memoryBytes, 0) / 2 ** 20;
  ui.note(`Pod        ${name}  ${containers.length} containers, ${vcpu} vCPU, ${Math.ceil(mebibytes)} MiB`);
  ui.note(
    `Provider   ${price.provider}  ${provider.address}${info.developmentTee ? "  development TEE" : ""}`,
  );
  if (refusal !== undefined) {
    reportChecks(ui, quote.checks);
    ui.note("No funds were spent.");
    throw refusal;
  }
  ui.notice(["", ...renderMarketplaceNotice(price), ...renderBreakdown(price), ""].join("\n"));
  assertWithinLimit(ctx, deposit, maxTotal, token);
  if (obstacle !== undefined) throw obstacle;
  const amount = formatAmount(deposit, token.decimals);
  await ui.confirm(`Deposit ${amount} ${token.symbol} from ${payer} (${caip2}) and deploy?`);
}
