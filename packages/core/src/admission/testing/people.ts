import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";

const account = (digit: number): PrivateKeyAccount => privateKeyToAccount(`0x${String(digit).repeat(64)}`);

/** Everybody in the scene; `stranger` has no part in it, `partner` is a second developer. */
export const people = {
  developer: account(1),
  publisher: account(2),
  provider: account(3),
  monitor: account(4),
  stranger: account(5),
  partner: account(6),
} as const;
