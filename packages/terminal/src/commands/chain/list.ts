import { defineCommand } from "../../command/index.ts";

/** `apoc chain list` */
export const command = defineCommand({
  description: "Of endpoints only the host is shown: paths and queries carry keys.",
  run: () => import("./list.run.ts"),
});
