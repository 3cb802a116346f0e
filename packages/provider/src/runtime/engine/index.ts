export { createEngineRuntime, type EngineRuntimeOptions } from "./engine-runtime.ts";
export { engineSocketCandidates, findEngineSocket, probeEngine, type EngineInfo } from "./engine-socket.ts";
