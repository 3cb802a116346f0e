import { formatAmount, formatRunway, type PodStatus } from "@apoc/core";
import { fromErrorDocument, isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { type OpenChain, readToken } from "@apoc/client";
import { readAccount, readSpending } from "../channel/channel-account.ts";
import { describeState } from "../deployment/describe-state.ts";
import { openDeploymentChain, openDeploymentWallet } from "../deployment/open-deployment.ts";
import type { Deployment } from "../deployment/record.ts";
import { openDeployments } from "../deployment/store.ts";
import { shortAddress, shortDigest } from "../price/render-breakdown.ts";
import { connectProvider } from "../provider/connect.ts";
import { authorize } from "../provider/signed-request.ts";

interface Input {
  readonly args: { readonly pod: string };
  readonly options: { readonly policy: string | undefined };
}

/** Runs `apoc pod status`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const deployment = await openDeployments(ctx.config.dataDirectory).get(args.pod);
  const chain = await openDeploymentChain(ctx, deployment);
  const token = await readToken(chain, deployment.terms.header.token);
  const account = await readAccount(chain, deployment);
  const spending = await readSpending(chain, deployment, account);
  const status = account.state.closed ? undefined : await askProvider(ctx, chain, deployment, options.policy);
  const amount = (value: bigint) => `${formatAmount(value, token.decimals)} ${token.symbol}`;
  const state = describeState(deployment, account);
  const reason = fromErrorDocument(status?.reason);
  const address = status?.address ?? deployment.address;
  const { unlockAt, deposited } = account.state;
  const lines = [
    `Pod        ${deployment.name}  ${deployment.id}`,
    `Address    ${address ?? "-"}`,
    `Provider   ${deployment.providerUrl}  ${deployment.terms.header.provider}`,
    `Pod state  ${status?.state ?? "unknown"}${reason === undefined ? "" : `: ${reason.code} ${reason.descriptor.title}`}`,
    ...(status?.containers ?? []).map(
      ({ name, phase, restarts }) => `  ${name.padEnd(16)} ${phase}, ${restarts} restarts`,
    ),
    `Channel    ${state}, ${amount(deposited)} deposited, ${amount(account.available)} not due to anybody`,
    ...(unlockAt === 0 ? [] : [`Unlock     ends ${new Date(unlockAt * 1000).toISOString()}`]),
    `Runway     ${formatRunway(account.runway)}`,
    ...spending.map(
      ({ role, payee, image, spent }) =>
        `Spent      ${amount(spent)}  ${role} ${shortAddress(payee)}${image === undefined ? ", claimed so far" : `, image ${shortDigest(image.slice(2))}`}`,
    ),
  ];
  ctx.output.result(
    {
      name: deployment.name,
      id: deployment.id,
      address: address ?? null,
      provider: { url: deployment.providerUrl, address: deployment.terms.header.provider },
      pod: status ?? null,
      channel: {
        state,
        deposited,
        available: account.available,
        runwaySeconds: Number.isFinite(account.runway) ? account.runway : null,
        unlockAt,
        spending,
        token,
      },
    },
    lines.join("\n"),
  );
}

/** A provider that is silent or has forgotten the pod is a fact to report, beside the money that is still there. */
async function askProvider(
  ctx: Context,
  chain: OpenChain,
  deployment: Deployment,
  policy: string | undefined,
): Promise<PodStatus | undefined> {
  const wallet = await openDeploymentWallet(ctx, deployment);
  const { id, terms } = deployment;
  try {
    const connection = await connectProvider(ctx, deployment, policy);
    try {
      const target = { pod: id, provider: terms.header.provider };
      return await connection.client.getPod(id, await authorize(chain, wallet.account, "status", target));
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!isApocError(error)) throw error;
    ctx.ui.warn(`The provider does not tell: ${error.code} ${error.message}.`);
    return undefined;
  }
}
