import { createRequire } from "node:module";
import { join } from "node:path";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

/** The compiler is the npm package of the lockfile: nothing is downloaded. */
const path = createRequire(import.meta.url).resolve("solc/soljson.js");
const version = "0.8.37";

/** What is deployed: scripts/generate-abis.ts compiles with these. No metadata hash, so bytes follow from the code alone. */
export const productionSettings = {
  optimizer: { enabled: true, runs: 1_000 },
  viaIR: true,
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
} as const;

/**
 * How long the properties are tried. APOC_PROOF=long is scripts/invariants.sh; `brief` is enough to notice most mutants
 * of the contracts (scripts/mutate.sh).
 */
const proofs = {
  daily: { fuzz: 256, histories: 16 },
  long: { fuzz: 10_000, histories: 1_000 },
  brief: { fuzz: 32, histories: 2 },
} as const;
const kind = (process.env.APOC_PROOF ?? "daily") as keyof typeof proofs;
const proof = proofs[kind];

/** For Solidity tests: the same language and chain rules without the slow pipeline; for mutants, as fast as can be. */
const testSettings = {
  ...productionSettings,
  viaIR: false,
  optimizer: { enabled: kind !== "brief", runs: 1_000_000 },
};

export default defineConfig({
  plugins: [hardhatViem, hardhatNetworkHelpers],
  solidity: {
    profiles: {
      default: { version, path, settings: testSettings },
      production: { version, path, settings: productionSettings },
    },
  },
  paths: { sources: "./contracts", tests: { solidity: "./test/contracts" } },
  test: {
    solidity: {
      fuzz: { runs: proof.fuzz },
      invariant: { runs: proof.histories, depth: 100, failOnRevert: true },
      // Counts of the calls of all histories, where APOC_CALLS names a file in it.
      fsPermissions: { dangerouslyReadWriteDirectory: [join(import.meta.dirname, ".apoc/proof")] },
    },
  },
});
