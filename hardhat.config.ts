import { createRequire } from "node:module";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";

/** The compiler is the npm package of the lockfile: nothing is downloaded. */
const soljson = createRequire(import.meta.url).resolve("solc/soljson.js");
const settings = { optimizer: { enabled: true, runs: 1_000_000 }, viaIR: true, evmVersion: "cancun" };

export default defineConfig({
  plugins: [hardhatViem, hardhatNetworkHelpers],
  solidity: { profiles: { default: { version: "0.8.37", path: soljson, settings } } },
  paths: { sources: "./contracts", tests: { solidity: "./test/contracts" } },
});
