export type { EngineKind } from "./engine-folder.ts";
export { availableKind, runningEngine, startEngine, type StartEngineOptions } from "./start-engine.ts";
export { stopEngine } from "./stop-engine.ts";
