export { createIngress, createPodRoutes, ingressOf } from "../ingress/index.ts";
export { openSqliteState } from "../state/sqlite/index.ts";
export { admittedPod } from "./sample-pod.ts";
export { readCertificateTable } from "../tee/certificate-table.ts";
export { configfsAttester } from "../tee/configfs-attester.ts";
export { answerNonce, checkOwnEvidence } from "../tee/evidence.ts";
export { createProviderKeys } from "../tee/provider-keys.ts";
export { certificateTable } from "../tee/testing/certificate-table.ts";
export { tsmModel } from "../tee/testing/tsm-model.ts";
