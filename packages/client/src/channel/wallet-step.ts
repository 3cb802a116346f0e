import type { Address } from "viem";

/** One confirmation that the execution of a plan asks a wallet for; amounts in base units. */
export type WalletStep =
  | {
      readonly type: "sign-permit";
      readonly token: Address;
      readonly spender: Address;
      readonly amount: bigint;
      /** Seconds since 1970. */
      readonly deadline: bigint;
    }
  | {
      readonly type: "send-transaction";
      readonly contract: Address;
      readonly function: string;
      /** What the call moves or allows to be moved. */
      readonly amount?: bigint;
    };
