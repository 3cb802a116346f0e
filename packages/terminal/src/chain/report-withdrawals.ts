import type { ClientEvent, Token } from "@apoc/client";
import { formatAmount } from "@apoc/core";
import type { Address } from "viem";
import type { Context } from "../context.ts";
import { renderError } from "../render-error.ts";

/** Writes an amount of base units with the symbol of its token; of an unknown one in base units. */
export function amountIn(tokens: ReadonlyMap<Address, Token>, token: Address, amount: bigint): string {
  const known = tokens.get(token);
  return `${formatAmount(amount, known?.decimals ?? 0)} ${known?.symbol ?? token}`;
}

/** Says on standard error what each channel paid, and why one did not. */
export function reportWithdrawals(
  { ui, flags }: Pick<Context, "ui" | "flags">,
  tokens: ReadonlyMap<Address, Token>,
): (event: ClientEvent) => void {
  return (event) => {
    if (event.type === "withdrawn") {
      const { token, amount, block } = event.withdrawn;
      ui.step("Withdrawn", `${amountIn(tokens, token, amount)}, block ${block}`);
    } else if (event.type === "withdrawal-failed") {
      for (const channel of event.failure.channels) ui.failed("Not withdrawn", channel);
      ui.notice(renderError(event.failure.error, ui.paint, flags.trace));
    }
  };
}
