import { defineGroup } from "@apoc/terminal/command";

/** `apoc market` */
export const group = defineGroup({
  summary: "Browse apps and providers, and sponsor listings",
  description: `
What developers and providers say about themselves, from the events of the Marketplace contract. Nobody vouches for it:
the chain only proves who said it and when. Sponsored listings are shown apart and labelled. Register an app with
\`apoc dev register\`, a provider with \`apoc provider register\`.`,
  commands: {
    apps: { summary: "List the apps", load: () => import("./apps.ts") },
    providers: { summary: "List the providers", load: () => import("./providers.ts") },
    sponsor: { summary: "Pay for the placement of a listing", load: () => import("./sponsor.ts") },
    unsponsor: {
      summary: "Stop sponsoring and take back the rest",
      load: () => import("./unsponsor.ts"),
    },
    retire: { summary: "Remove a listing of yours from the catalogue", load: () => import("./retire.ts") },
  },
  examples: [
    { text: "List the apps", command: "apoc market apps" },
    { text: "Sponsor a listing", command: "apoc market sponsor 7 --per-day 1.5 --add 45" },
  ],
});
