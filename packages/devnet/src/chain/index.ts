export { anvilBinary } from "./anvil-binary.ts";
export { testTokenAbi, testTokenCode } from "./bytecode.gen.ts";
export { assertRuntimeCode, type ContractCode } from "./contract-code.ts";
export { type DeployedContracts, type DeployOptions, deployContracts } from "./deploy-contracts.ts";
export {
  carryOut,
  type Deployer,
  type DeploymentPlan,
  type DeterministicContract,
  planDeployment,
  type PlannedContract,
} from "./deterministic-deployment.ts";
export { developmentBeneficiary, developmentChain, testToken } from "./development.ts";
export { networkContracts, testTokenContract } from "./network-contracts.ts";
export { type Anvil, type AnvilOptions, type FundedAccount, startAnvil } from "./start-anvil.ts";
