export { anvilBinary } from "./anvil-binary.ts";
export { testTokenAbi, testTokenBytecode } from "./bytecode.gen.ts";
export {
  type DeployedContracts,
  type DeployOptions,
  deployContracts,
  testToken,
} from "./deploy-contracts.ts";
export { type Anvil, type AnvilOptions, type FundedAccount, startAnvil } from "./start-anvil.ts";
