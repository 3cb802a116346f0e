import { concat, getContractAddress, type Address, type Hex, keccak256, stringToHex } from "viem";

/**
 * The deterministic-deployment proxy, at the same address on every chain: it was made by one transaction that nobody has
 * the key to (its signature is made up, for all chains). Called with a salt and creation code, it does CREATE2.
 */
export const deploymentProxy = {
  address: "0x4e59b44847b379578588920cA78FbF26c0B4956C",
  /** Who the made-up signature belongs to: has to own `cost` wei. */
  signer: "0x3fAB184622Dc19b6109349B94811493BF2a45362",
  cost: 10_000_000_000_000_000n,
  /** The transaction, for chains without the proxy. */
  transaction:
    "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222",
  /** Its runtime code. */
  code: "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3",
} as const satisfies Record<string, Hex | bigint>;

/** Salt of all contracts of this project: keccak256 of the four characters `apoc`. */
export const deploymentSalt: Hex = keccak256(stringToHex("apoc"));

/** Where the proxy puts `creationCode` (with its constructor arguments): the same on every chain. */
export function deterministicAddress(creationCode: Hex): Address {
  return getContractAddress({
    opcode: "CREATE2",
    from: deploymentProxy.address,
    salt: deploymentSalt,
    bytecode: creationCode,
  });
}

/** What to send to the proxy. */
export function deploymentData(creationCode: Hex): Hex {
  return concat([deploymentSalt, creationCode]);
}
