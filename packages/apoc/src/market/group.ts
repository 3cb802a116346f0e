import { defineGroup } from "@apoc/terminal/command";

/** `apoc market` */
export const group = defineGroup({
  summary: "The catalogue of apps and providers, and sponsored placement",
  description: `
What developers and providers say of themselves, from the events of the Marketplace contract. Nobody vouches for it: the
chain proves who said it and when. Listings that are paid for are shown apart, and labelled. Apps are registered by
apoc dev register, providers by apoc provider register.`,
  commands: {
    apps: { summary: "List the apps", load: () => import("./apps.ts") },
    providers: { summary: "List the providers", load: () => import("./providers.ts") },
    sponsor: { summary: "Pay for the placement of a listing", load: () => import("./sponsor.ts") },
    unsponsor: {
      summary: "End your sponsoring and take the rest back",
      load: () => import("./unsponsor.ts"),
    },
    retire: { summary: "Take a listing of yours out of the catalogue", load: () => import("./retire.ts") },
  },
  examples: [
    { text: "What there is", command: "apoc market apps" },
    { text: "Sponsor a listing", command: "apoc market sponsor 7 --per-day 1.5 --add 45" },
  ],
});
