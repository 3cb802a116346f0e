import { defineGroup } from "@apoc/terminal";

/** The commands of `apoc-dev`, mounted by `apoc` as `apoc dev`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Publish encrypted images, grant them to providers, be paid",
  commands: {},
});
