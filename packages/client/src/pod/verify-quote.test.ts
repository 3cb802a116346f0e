import {
  type ChannelHeader,
  channelId,
  completeHeader,
  hourlyRate,
  type Payee,
  type Quote,
  quoteTypedData,
  verifyKeySignature,
} from "@apoc/core";
import { zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { expect, test } from "vitest";
import { type QuoteExpectation, verifyQuote } from "./verify-quote.ts";

const provider = privateKeyToAccount(generatePrivateKey());
const stranger = privateKeyToAccount(generatePrivateKey());
const publisher = privateKeyToAccount(generatePrivateKey()).address;
const contract = "0x0000000000000000000000000000000000000031";
const token = "0x0000000000000000000000000000000000000041";
const podId = `0x${"0d".repeat(32)}` as const;
const now = 1_800_000_000;
const rate = hourlyRate(50_000n);
const payee: Payee = {
  to: "0x0000000000000000000000000000000000000071",
  imageDigest: `0x${"9f".repeat(32)}`,
  licenseHash: `0x${"11".repeat(32)}`,
  oneTime: 25_000_000n,
  rate: 7n,
  share: 100_000,
  meteredCap: 3n,
};
const expected: QuoteExpectation = {
  publisher,
  provider: provider.address,
  token,
  podId,
  chainId: 31337,
  contract,
  payees: [payee],
  rate,
  policy: { minGraceSeconds: 3600 },
  now,
};

/** What an honest provider answers, or one that changes header or payees and signs that. */
async function quoteOf(
  change: { header?: Partial<ChannelHeader>; payees?: readonly Payee[]; signer?: typeof provider } = {},
): Promise<Quote> {
  const payees = change.payees ?? [payee];
  const header = {
    ...completeHeader(
      {
        publisher,
        provider: provider.address,
        token,
        podId,
        meter: zeroAddress,
        grace: 3600,
        acceptBy: now + 300,
        maxExecRate: rate,
        execBurst: 0n,
      },
      payees,
    ),
    ...change.header,
  };
  const id = channelId(31337, contract, header);
  const signature = await (change.signer ?? provider).signTypedData(
    quoteTypedData(31337, contract, id) as Parameters<typeof provider.signTypedData>[0],
  );
  return {
    version: 1,
    checks: [{ check: "terms", verdict: "pass" }],
    channel: { header, payees },
    channelId: id,
    signature,
  };
}

const verify = (quote: Quote, more: Partial<QuoteExpectation> = {}) =>
  verifyQuote(quote, { ...expected, ...more }, verifyKeySignature);

test("the quote that was asked for is taken, also at a lower price", async () => {
  await expect(verify(await quoteOf())).resolves.toBeUndefined();
  await expect(verify(await quoteOf({ header: { maxExecRate: rate - 1n } }))).resolves.toBeUndefined();
});

const other = stranger.address;
test.each<[string, Partial<ChannelHeader>, string, string]>([
  ["publisher", { publisher: other }, "APOC-9210", "quote.header.publisher"],
  ["provider", { provider: other }, "APOC-9210", "quote.header.provider"],
  ["token", { token: other }, "APOC-9210", "quote.header.token"],
  ["pod id", { podId: `0x${"0e".repeat(32)}` }, "APOC-9210", "quote.header.podId"],
  ["meter", { meter: other }, "APOC-9210", "quote.header.meter"],
  ["longer lock", { grace: 3601 }, "APOC-9213", "quote.header.grace"],
  ["shorter lock than the contract's", { grace: 59 }, "APOC-9213", "quote.header.grace"],
  ["past acceptance", { acceptBy: now }, "APOC-9213", "quote.header.acceptBy"],
  ["far acceptance", { acceptBy: now + 3601 }, "APOC-9213", "quote.header.acceptBy"],
  ["execution rate", { maxExecRate: rate + 1n }, "APOC-9212", "quote.header.maxExecRate"],
  ["burst", { execBurst: 50_001n }, "APOC-9212", "quote.header.execBurst"],
  ["sum of one-time prices", { sumOneTime: 25_000_001n }, "APOC-4003", "header.sumOneTime"],
  ["sum of rates", { sumRate: 8n }, "APOC-4003", "header.sumRate"],
  ["sum of shares", { sumShare: 100_001 }, "APOC-4003", "header.sumShare"],
  ["root", { payeesRoot: `0x${"22".repeat(32)}` }, "APOC-4003", "header.payeesRoot"],
])("a signed quote with another %s is refused", async (_name, header, code, field) => {
  await expect(verify(await quoteOf({ header }))).rejects.toMatchObject({ code, field });
});

test.each<[string, Partial<Payee>]>([
  ["to", { to: other }],
  ["imageDigest", { imageDigest: `0x${"9e".repeat(32)}` }],
  ["licenseHash", { licenseHash: `0x${"12".repeat(32)}` }],
  ["oneTime", { oneTime: 25_000_001n }],
  ["rate", { rate: 8n }],
  ["share", { share: 100_001 }],
  ["meteredCap", { meteredCap: 4n }],
])("a payee with another %s is refused", async (field, change) => {
  await expect(verify(await quoteOf({ payees: [{ ...payee, ...change }] }))).rejects.toMatchObject({
    code: "APOC-9211",
    field: `quote.payees.0.${field}`,
  });
});

test("payees more or fewer are refused", async () => {
  for (const payees of [[], [payee, { ...payee, to: other }]]) {
    await expect(verify(await quoteOf({ payees }))).rejects.toMatchObject({ code: "APOC-9211" });
  }
});

test("another channel id, a stranger's signature and none are refused", async () => {
  const quote = await quoteOf();
  await expect(verify({ ...quote, channelId: podId })).rejects.toMatchObject({ code: "APOC-9214" });
  await expect(verify(await quoteOf({ signer: stranger }))).rejects.toMatchObject({ code: "APOC-9215" });
  const { signature: _signature, ...unsigned } = quote;
  await expect(verify(unsigned)).rejects.toMatchObject({ code: "APOC-9215" });
  await expect(verify(quote, { chainId: 1 })).rejects.toMatchObject({ code: "APOC-9214" });
});

test("with a failed check no signature is expected, but the price is still checked", async () => {
  const { signature: _signature, ...unsigned } = await quoteOf();
  const failed = { ...unsigned, checks: [{ check: "grant", verdict: "fail" }] as const };
  await expect(verify(failed)).resolves.toBeUndefined();
  await expect(verify(failed, { rate: rate - 1n })).rejects.toMatchObject({ code: "APOC-9212" });
});
