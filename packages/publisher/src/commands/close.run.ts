import { executeClose, findDeployment, payingChannel, planClose, readToken } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import type { Context, RunResult } from "@apoc/terminal";
import { payingPorts, podPorts } from "../ports/pod-ports.ts";

interface Input {
  readonly args: { readonly pod: string };
  readonly options: { readonly wait: boolean; readonly policy: string | undefined };
}

/** Runs `apoc pod close`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { records } = await podPorts(ctx);
  const deployment = await findDeployment(records, args.pod);
  const { name, podId } = deployment;
  const { id, terms } = payingChannel(deployment);
  const ports = await payingPorts(ctx, deployment, options);
  const { chain, signer } = ports;
  const plan = await planClose(ports, deployment);
  if (plan.kind === "stop" && plan.account.state.unlockAt === 0) {
    await ctx.ui.confirm(`Stop ${name} and close channel ${id} (${chain.caip2})?`);
  }
  const token = await readToken(chain, terms.header.token);
  const closed = await executeClose(ports, plan, options);
  if (closed.state === "closing") {
    const unlockAt = new Date(closed.unlockAt * 1000).toISOString();
    ctx.ui.step("Unlocking", `until ${unlockAt}; then: apoc pod close ${name}`);
    ctx.output.result({ podId, channel: id, state: closed.state, unlockAt }, podId);
    return;
  }
  if (plan.kind === "record") ctx.ui.note(`${name} is closed; nothing is left in channel ${id}.`);
  else {
    const refunded = `${formatAmount(closed.refunded, token.decimals)} ${token.symbol}`;
    ctx.ui.step("Closed", `${refunded} returned to ${signer.address}`);
  }
  ctx.output.result({ podId, channel: id, ...closed }, podId);
}
