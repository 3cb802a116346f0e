export type { Fault, FaultHook, RegistryRequest } from "./faults.ts";
export {
  type AnsweredRequest,
  type RunningRegistry,
  type ServeRegistryOptions,
  serveRegistry,
} from "./serve-registry.ts";
