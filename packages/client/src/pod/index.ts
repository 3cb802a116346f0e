export type { TakenOffer, WantedOffer } from "./choose-offers.ts";
export { type Closed, type ClosePlan, type ClosePorts, executeClose, planClose } from "./close-pod.ts";
export { type ConnectPorts, connectProvider, type ProviderConnection } from "./connect.ts";
export type { DeployRequest } from "./deploy-request.ts";
export type { PodEvent } from "./events.ts";
export { executeDeploy, type PayPorts } from "./execute-deploy.ts";
export { executeFund, type Funded, type FundPlan, planFund } from "./fund.ts";
export { type ListedPod, listPods } from "./list.ts";
export { readPodLogs } from "./logs.ts";
export type { PinnedImage, PinnedPod } from "./pinned-pod.ts";
export {
  type DeployPlan,
  type DeployPorts,
  type OpenPlan,
  planDeploy,
  type ResumePlan,
} from "./plan-deploy.ts";
export { setPodKey } from "./pod-keys.ts";
export type { RequestPorts } from "./pod-requests.ts";
export { type PodQuote, quotePod, type QuotePorts } from "./quote-pod.ts";
export {
  type Deployment,
  type DeploymentChannel,
  type DeploymentState,
  deploymentStates,
  encodeDeployment,
  parseDeployment,
  payingChannel,
} from "./record.ts";
export { findDeployment, memoryRecords } from "./records.ts";
export { memorySessionKeys } from "./session-keys.ts";
export type { RunningPod, RunPorts } from "./run-pod.ts";
export { type PodFunds, readPodFunds, readPodStatus } from "./status.ts";
export { executeUpdate, planUpdate, type UpdatePlan, type UpdatePorts } from "./update-pod.ts";
