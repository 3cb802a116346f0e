import { executeFund, findDeployment, payingChannel, planFund, readToken } from "@apoc/client";
import { formatAmount, formatRunway, parseAmount } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult, terminalErrors } from "@apoc/terminal";
import { openWallet } from "@apoc/terminal/wallet";
import { openDeploymentChain, podPorts } from "../ports/pod-ports.ts";

interface Input {
  readonly args: { readonly pod: string; readonly amount: string };
}

/** Runs `apoc pod fund`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const { records } = await podPorts(ctx);
  const deployment = await findDeployment(records, args.pod);
  const chain = await openDeploymentChain(ctx, deployment);
  const channel = payingChannel(deployment);
  const token = await readToken(chain, channel.terms.header.token);
  const amount = parseAmount(args.amount, token.decimals);
  if (amount === 0n) {
    throw new ApocError(terminalErrors.USAGE, {
      field: "amount",
      expected: "more than 0",
      actual: args.amount,
    });
  }
  const ports = { chain, signer: (await openWallet(ctx)).signer };
  const plan = await planFund(ports, deployment, amount);
  await ctx.ui.confirm(
    `Add ${formatAmount(amount, token.decimals)} ${token.symbol} to ${deployment.name} (${chain.caip2})?`,
  );
  const { transaction, block, account } = await executeFund(ports, plan);
  ctx.ui.step("Funded", `block ${block}, funds last ${formatRunway(account.runway)}`);
  ctx.output.result({ podId: deployment.podId, channel: channel.id, transaction, amount }, transaction);
}
