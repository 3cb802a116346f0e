import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { publisherErrors } from "../errors.ts";

/** `apoc pod fund`: adds to the deposit, and cancels a running unlock. */
export const command = defineCommand({
  description: "Adds funds to a pod's channel. While it is being closed, this cancels the closing.",
  args: {
    pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" },
    amount: { syntax: "<amount>", description: "in whole tokens, such as 12.5" },
  },
  examples: [{ text: "Add funds", command: "apoc pod fund books 12.5" }],
  async run(ctx, { args }) {
    // Loaded here so that help needs none of it.
    const [
      { formatAmount, parseAmount, paymentChannelAbi, paymentErrors },
      { readToken, readTokenBalance, sendCall },
      { openWallet },
      { readAccount },
      { approveExactly },
      { openDeploymentChain },
      { openDeployments },
      { formatRunway },
    ] = await Promise.all([
      import("@apoc/core"),
      import("@apoc/terminal/chain"),
      import("@apoc/terminal/wallet"),
      import("../channel/channel-account.ts"),
      import("../channel/open-channel.ts"),
      import("../deployment/open-deployment.ts"),
      import("../deployment/store.ts"),
      import("../price/duration.ts"),
    ]);
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
        hint: "apoc wallet balance",
      });
    }
    await ctx.ui.confirm(
      `Add ${formatAmount(amount, token.decimals)} ${token.symbol} to ${deployment.name} (${chain.caip2})?`,
      { hint: `apoc pod fund ${args.pod} ${args.amount} --yes` },
    );
    await approveExactly(chain, wallet.account, header.token, amount);
    const receipt = await sendCall(chain, wallet.account, {
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
  },
});
