export { checkDesiredPod } from "./check-desired-pod.ts";
export type {
  AdmittedImage,
  DesiredContainer,
  DesiredPod,
  PodVolume,
  SecretFile,
  VolumeMount,
} from "./desired-pod.ts";
export type { ContainerPhase, ObservedContainer, ObservedPod, PortAddress } from "./observed-pod.ts";
export type { LogLine, LogOptions } from "./pod-log.ts";
export type { PodRuntime, RuntimeInfo } from "./runtime.ts";
