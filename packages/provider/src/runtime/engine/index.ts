export { providerErrors } from "../../errors.ts";
export type { AdmittedImage, PodRuntime } from "../index.ts";
export { createEngineClient, type EngineClient } from "./engine-client.ts";
export { createEngineRuntime, type EngineRuntimeOptions } from "./engine-runtime.ts";
export { engineSocketCandidates, findEngineSocket, probeEngine, type EngineInfo } from "./engine-socket.ts";
export { loadImage } from "./image-store.ts";
export { openImage } from "./loadable-image.ts";
