import { defineGroup } from "@apoc/terminal";

/** The commands of `apoc-provider`, mounted by `apoc` as `apoc provider`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Run pods inside a TEE, meter them, be paid",
  commands: {},
});
