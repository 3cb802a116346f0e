import { paymentChannelAbi } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import {
  type Address,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  type TransactionReceipt,
} from "viem";
import { expect, test } from "vitest";
import type { OpenChain } from "../chain/connect-chain.ts";
import { clientErrors } from "../errors.ts";
import { type WithdrawalCall, withdrawEach } from "./withdraw-each.ts";
import type { WithdrawalEvent } from "./withdrawal.ts";

const address = (digit: string): Address => `0x${digit.repeat(40)}`;
const word = (digit: string): Hex => `0x${digit.repeat(64)}`;
const [contract, token, to] = [address("1"), address("2"), address("3")];
const provider = (1n << 256n) - 1n;

/** The event as `emitter` puts it into a receipt. */
function log(emitter: Address, channel: Hex, index: bigint, amount: bigint) {
  const topics = encodeEventTopics({
    abi: paymentChannelAbi,
    eventName: "Withdrawn",
    args: { channelId: channel, payee: to },
  });
  const data = encodeAbiParameters([{ type: "uint256" }, { type: "uint96" }], [index, amount]);
  return { address: emitter, topics, data };
}

const receipt = (...logs: ReturnType<typeof log>[]) =>
  ({ logs, transactionHash: word("f"), blockNumber: 7n }) as unknown as TransactionReceipt;
const call = (channel: Hex, send: WithdrawalCall["send"]): WithdrawalCall => ({
  channels: [channel],
  token,
  send,
});

function ports(controller = new AbortController()) {
  const events: WithdrawalEvent[] = [];
  const chain = { address: () => contract } as unknown as OpenChain;
  const onEvent = (event: { readonly type: string }) => void events.push(event as WithdrawalEvent);
  return { ports: { chain, signal: controller.signal, onEvent }, events };
}

test("what the contract paid is told, and not what the token says in its name", async () => {
  const { ports: own, events } = ports();
  const both = receipt(log(token, word("a"), 0n, 99n), log(contract, word("a"), 1n, 5n));
  const taken = receipt(log(contract, word("b"), provider, 6n));
  const { withdrawn, failures } = await withdrawEach(own, to, [
    call(word("a"), async () => both),
    call(word("b"), async () => taken),
  ]);
  expect(failures).toEqual([]);
  const paid = { token, to, transaction: word("f"), block: 7n };
  expect(withdrawn).toEqual([
    { channel: word("a"), index: 1, amount: 5n, ...paid },
    { channel: word("b"), index: undefined, amount: 6n, ...paid },
  ]);
  expect(events.map(({ type }) => type)).toEqual(["withdrawn", "withdrawn"]);
});

test("a transaction that fails does not stop the others", async () => {
  const { ports: own, events } = ports();
  const error = new ApocError(clientErrors.TRANSACTION_REVERTED);
  const { withdrawn, failures } = await withdrawEach(own, to, [
    call(word("a"), () => Promise.reject(error)),
    call(word("b"), async () => receipt(log(contract, word("b"), 0n, 5n))),
  ]);
  expect(failures).toEqual([{ channels: [word("a")], error }]);
  expect(withdrawn).toMatchObject([{ channel: word("b"), amount: 5n }]);
  expect(events.map(({ type }) => type)).toEqual(["withdrawal-failed", "withdrawn"]);
});

test("after an interruption nothing more is sent", async () => {
  const controller = new AbortController();
  const { ports: own } = ports(controller);
  const sent: Hex[] = [];
  const work = withdrawEach(own, to, [
    call(word("a"), () => {
      controller.abort(new ApocError(clientErrors.TRANSACTION_UNCONFIRMED));
      return Promise.reject(new ApocError(clientErrors.CHAIN_UNREACHABLE));
    }),
    call(word("b"), async () => {
      sent.push(word("b"));
      return receipt();
    }),
  ]);
  await expect(work).rejects.toMatchObject({ code: clientErrors.TRANSACTION_UNCONFIRMED.code });
  expect(sent).toEqual([]);
});
