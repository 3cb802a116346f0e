export { createPodRoutes, ingressOf } from "../ingress/index.ts";
export { openSqliteState } from "../state/sqlite/index.ts";
export { admittedPod } from "./sample-pod.ts";
