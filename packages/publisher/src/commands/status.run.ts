import {
  type ClientPorts,
  type Deployment,
  findDeployment,
  payingChannel,
  readPodFunds,
  readPodStatus,
} from "@apoc/client";
import { formatAmount, formatRunway, type PodStatus, shortAddress, shortDigest } from "@apoc/core";
import { fromErrorDocument, isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { openDeploymentChain, podPorts } from "../ports/pod-ports.ts";

interface Input {
  readonly args: { readonly pod: string };
  readonly options: { readonly policy: string | undefined };
}

/** Runs `apoc pod status`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { records } = await podPorts(ctx);
  const deployment = await findDeployment(records, args.pod);
  const chain = await openDeploymentChain(ctx, deployment);
  const { state, account, spending, token } = await readPodFunds(chain, deployment);
  const ask = async () => askProvider(ctx, deployment, { ...(await podPorts(ctx, options)), chain });
  const channel = payingChannel(deployment);
  const status = account.state.closed ? undefined : await ask();
  const amount = (value: bigint) => `${formatAmount(value, token.decimals)} ${token.symbol}`;
  const { unlockAt, deposited } = account.state;
  const lines = [
    ...podLines(deployment, status),
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
      publisher: deployment.publisher,
      podId: deployment.podId,
      address: status?.address ?? deployment.address ?? null,
      provider: { url: deployment.providerUrl, address: channel.terms.header.provider },
      pod: status ?? null,
      channel: {
        id: channel.id,
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

function podLines(deployment: Deployment, status: PodStatus | undefined): string[] {
  const reason = fromErrorDocument(status?.reason);
  return [
    `Pod        ${deployment.name}  ${deployment.podId}`,
    `Address    ${status?.address ?? deployment.address ?? "-"}`,
    `Provider   ${deployment.providerUrl}  ${payingChannel(deployment).terms.header.provider}`,
    `Pod state  ${status?.state ?? "unknown"}${reason === undefined ? "" : `: ${reason.code} ${reason.descriptor.title}`}`,
    ...(status?.containers ?? []).map(
      ({ name, phase, restarts }) => `  ${name.padEnd(16)} ${phase}, ${restarts} restarts`,
    ),
  ];
}

/** A provider that is silent or has forgotten the pod is a fact to report, beside the money that is still there. */
async function askProvider(
  ctx: Context,
  deployment: Deployment,
  ports: Omit<ClientPorts, "signer">,
): Promise<PodStatus | undefined> {
  try {
    return await readPodStatus(ports, deployment);
  } catch (error) {
    if (!isApocError(error) || error.descriptor.kind === "wallet") throw error;
    ctx.ui.warn(`The provider does not tell: ${error.code} ${error.message}.`);
    return undefined;
  }
}
