import { formatAmount, formatRunway, parseAmount, paymentChannelAbi, paymentErrors } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult, terminalErrors } from "@apoc/terminal";
import { readToken, readTokenBalance, sendCall } from "@apoc/client";
import { openWallet } from "@apoc/terminal/wallet";
import { readAccount } from "../channel/channel-account.ts";
import { approveExactly } from "../channel/open-channel.ts";
import { openDeploymentChain } from "../deployment/open-deployment.ts";
import { openDeployments } from "../deployment/store.ts";
import { publisherErrors } from "../errors.ts";

interface Input {
  readonly args: { readonly pod: string; readonly amount: string };
}

/** Runs `apoc pod fund`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const deployment = await openDeployments(ctx.config.dataDirectory).get(args.pod);
  const chain = await openDeploymentChain(ctx, deployment);
  const { header } = deployment.terms;
  const token = await readToken(chain, header.token);
  const amount = parseAmount(args.amount, token.decimals);
  if (amount === 0n) {
    throw new ApocError(terminalErrors.USAGE, {
      field: "amount",
      expected: "more than 0",
      actual: args.amount,
    });
  }
  const { state } = await readAccount(chain, deployment);
  if (state.closed) throw new ApocError(publisherErrors.POD_CLOSED, { field: deployment.name });
  const wallet = await openWallet(ctx);
  const balance = await readTokenBalance(chain, header.token, wallet.address);
  if (balance < amount) {
    throw new ApocError(paymentErrors.INSUFFICIENT_FUNDS, {
      field: wallet.address,
      expected: `${formatAmount(amount, token.decimals)} ${token.symbol}`,
      actual: `${formatAmount(balance, token.decimals)} ${token.symbol}`,
      next: { action: "show-balance" },
    });
  }
  await ctx.ui.confirm(
    `Add ${formatAmount(amount, token.decimals)} ${token.symbol} to ${deployment.name} (${chain.caip2})?`,
  );
  await approveExactly(chain, wallet.signer, header.token, amount);
  const receipt = await sendCall(chain, wallet.signer, {
    address: deployment.contract,
    abi: paymentChannelAbi,
    functionName: "deposit",
    args: [header, amount],
  });
  const { runway } = await readAccount(chain, deployment);
  ctx.ui.step("Funded", `block ${receipt.blockNumber}, funds last ${formatRunway(runway)}`);
  ctx.output.result(
    { id: deployment.id, transaction: receipt.transactionHash, amount },
    receipt.transactionHash,
  );
}
