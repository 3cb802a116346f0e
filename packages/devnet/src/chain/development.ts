import { type Address, keccak256, stringToHex } from "viem";
import { privateKeyToAddress } from "viem/accounts";

/** Name, symbol and decimals of the test token. */
export const testToken = { name: "Test Dollar", symbol: "tUSD", decimals: 6 } as const;

/** CAIP-2 id of development chains. */
export const developmentChain = "eip155:31337";

/** Gets the revenue of placement on development chains. Everybody can compute its key. */
export const developmentBeneficiary: Address = privateKeyToAddress(
  keccak256(stringToHex("apoc development chain, beneficiary")),
);
