import {
  assertTerms,
  channelLimits,
  type ChannelTerms,
  type OperatingPolicy,
  type Payee,
  type Quote,
  quoteTypedData,
  rateOver,
  type SignatureVerifier,
} from "@apoc/core";
import { ApocError, type ErrorDescriptor } from "@apoc/errors";
import { isAddressEqual, zeroAddress } from "viem";
import { clientErrors } from "../errors.ts";

/** What the publisher asked for and knows by itself. */
export interface QuoteExpectation {
  readonly publisher: `0x${string}`;
  /** The attested account. */
  readonly provider: `0x${string}`;
  readonly token: `0x${string}`;
  readonly podId: `0x${string}`;
  readonly chainId: number;
  readonly contract: `0x${string}`;
  readonly payees: readonly Payee[];
  /** Execution rate that follows from the announced prices. */
  readonly rate: bigint;
  readonly policy: Pick<OperatingPolicy, "minGraceSeconds">;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Longest time for which a quote may stay open: until then the provider can accept alone what was created. */
const longestAcceptance = 3600;
/** Most that may be claimable at once: this many seconds of execution. */
const longestBurst = 3600n;

/**
 * Makes sure that a quote is the channel that was asked for, at the announced price: what the publisher then signs and
 * funds. With a failed check there is no signature to verify.
 * Throws QUOTE_PARTIES, QUOTE_PAYEES, QUOTE_TIMES, QUOTE_PRICE, CHANNEL_INVALID, QUOTE_CHANNEL_ID, QUOTE_SIGNATURE.
 */
export async function verifyQuote(
  quote: Quote,
  expected: QuoteExpectation,
  verify: SignatureVerifier,
): Promise<void> {
  checkParties(quote.channel, expected);
  checkPayees(quote.channel.payees, expected.payees);
  checkTimes(quote.channel, expected);
  checkPrice(quote.channel, expected);
  const id = assertTerms(quote.channel, expected.chainId, expected.contract);
  if (quote.channelId !== id) refuse(clientErrors.QUOTE_CHANNEL_ID, "channelId", id, quote.channelId);
  if (quote.checks.some(({ verdict }) => verdict === "fail")) return;
  const typedData = quoteTypedData(expected.chainId, expected.contract, id);
  if (quote.signature === undefined || !(await verify(expected.provider, typedData, quote.signature))) {
    refuse(clientErrors.QUOTE_SIGNATURE, "signature", `by ${expected.provider}`, quote.signature ?? "none");
  }
}

function checkParties({ header }: ChannelTerms, expected: QuoteExpectation): void {
  for (const field of ["publisher", "provider", "token"] as const) {
    if (!isAddressEqual(header[field], expected[field])) {
      refuse(clientErrors.QUOTE_PARTIES, `header.${field}`, expected[field], header[field]);
    }
  }
  if (header.podId !== expected.podId) {
    refuse(clientErrors.QUOTE_PARTIES, "header.podId", expected.podId, header.podId);
  }
  // With a meter, somebody else would sign what is claimed.
  if (!isAddressEqual(header.meter, zeroAddress)) {
    refuse(clientErrors.QUOTE_PARTIES, "header.meter", zeroAddress, header.meter);
  }
}

function checkPayees(actual: readonly Payee[], expected: readonly Payee[]): void {
  if (actual.length !== expected.length) {
    refuse(clientErrors.QUOTE_PAYEES, "payees", `${expected.length}`, `${actual.length}`);
  }
  for (const [index, payee] of expected.entries()) {
    const other = actual[index];
    for (const [field, value] of Object.entries(payee)) {
      const found: unknown = other?.[field as keyof Payee];
      const same =
        field === "to" ? isAddressEqual(value as `0x${string}`, found as `0x${string}`) : found === value;
      if (!same) {
        refuse(clientErrors.QUOTE_PAYEES, `payees.${index}.${field}`, String(value), String(found));
      }
    }
  }
}

function checkTimes({ header }: ChannelTerms, { policy, now }: QuoteExpectation): void {
  const longest = Math.max(policy.minGraceSeconds, channelLimits.minGrace);
  if (header.grace < channelLimits.minGrace || header.grace > longest) {
    refuse(
      clientErrors.QUOTE_TIMES,
      "header.grace",
      `${channelLimits.minGrace} to ${longest} s`,
      `${header.grace} s`,
    );
  }
  if (header.acceptBy <= now || header.acceptBy > now + longestAcceptance) {
    refuse(
      clientErrors.QUOTE_TIMES,
      "header.acceptBy",
      `${now + 1} to ${now + longestAcceptance}`,
      `${header.acceptBy}`,
    );
  }
}

function checkPrice({ header }: ChannelTerms, { rate }: QuoteExpectation): void {
  if (header.maxExecRate > rate) {
    refuse(clientErrors.QUOTE_PRICE, "header.maxExecRate", `at most ${rate}`, `${header.maxExecRate}`);
  }
  const burst = rateOver(rate, longestBurst);
  if (header.execBurst > burst) {
    refuse(clientErrors.QUOTE_PRICE, "header.execBurst", `at most ${burst}`, `${header.execBurst}`);
  }
}

function refuse(error: ErrorDescriptor, field: string, expected: string, actual: string): never {
  throw new ApocError(error, { field: `quote.${field}`, expected, actual });
}
