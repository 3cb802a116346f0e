export { ChannelWatch } from "./channel-watch.ts";
export { createPodStarter, openPodSecrets, type PodStarter } from "./pod-starter.ts";
export { Reconciler, type ReconcilerOptions } from "./reconciler.ts";
