import { createRequire } from "node:module";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

/** The compiler is the npm package of the lockfile: nothing is downloaded. */
const path = createRequire(import.meta.url).resolve("solc/soljson.js");
const version = "0.8.37";

/** What is deployed: scripts/generate-abis.ts compiles with these. No metadata hash, so bytes follow from the code alone. */
export const productionSettings = {
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: true,
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
} as const;

/** For Solidity tests: the same language and chain rules without the slow pipeline. */
const testSettings = { ...productionSettings, viaIR: false };

export default defineConfig({
  plugins: [hardhatViem, hardhatNetworkHelpers],
  solidity: {
    profiles: {
      default: { version, path, settings: testSettings },
      production: { version, path, settings: productionSettings },
    },
  },
  paths: { sources: "./contracts", tests: { solidity: "./test/contracts" } },
  test: { solidity: { fuzz: { runs: 256 }, invariant: { runs: 64, depth: 100, failOnRevert: true } } },
});
