import { defineGroup } from "@apoc/terminal";

/** The commands of `apoc-pod`, mounted by `apoc` as `apoc pod`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Deploy pods of licensed and own images, and pay for them",
  commands: {},
});
