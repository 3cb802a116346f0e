/** The parts of the demo, for the end-to-end test that plays the same story. */
export * from "./ask-pod.ts";
export * from "./attacks.ts";
export * from "./cast.ts";
export * from "./narrator.ts";
export * from "./programs.ts";
export * from "./provider-process.ts";
export * from "./role-account.ts";
export * from "./stage.ts";
export * from "./story.ts";
