import { defineGroup } from "@apoc/terminal/command";

/** The commands of `apoc-dev`, mounted by `apoc` as `apoc dev`. Modules are loaded when their command is used. */
export const group = defineGroup({
  summary: "Publish encrypted images, grant them to providers, and get paid",
  description:
    "A developer publishes an image once, decides by attestation which providers may run it, and is paid by the\n" +
    "contract. The developer does not need to be online afterwards.",
  commands: {
    publish: {
      summary: "Encrypt an image and push it with its license",
      load: () => import("./commands/publish.ts"),
    },
    attest: {
      summary: "Attest a provider and keep a signed record",
      load: () => import("./commands/attest.ts"),
    },
    grant: { summary: "Let an attested provider run an image", load: () => import("./commands/grant.ts") },
    revoke: {
      summary: "Revoke grants or offers of an image on chain",
      load: () => import("./commands/revoke.ts"),
    },
    register: {
      summary: "List an app of published images in the marketplace",
      load: () => import("./commands/register.ts"),
    },
    key: { summary: "Manage image keys", load: () => import("./commands/key.ts") },
    list: { summary: "List the images published from here", load: () => import("./commands/list.ts") },
    show: {
      summary: "Show license, policy, offers and grants of an image",
      load: () => import("./commands/show.ts"),
    },
    earnings: { summary: "Show what channels owe you", load: () => import("./commands/earnings.ts") },
    withdraw: { summary: "Withdraw what channels owe you", load: () => import("./commands/withdraw.ts") },
  },
  examples: [
    {
      text: "Publish a saved image",
      command: "apoc dev publish app.tar --to registry.example/acme/app:1 --license license.yaml",
    },
    {
      text: "Let a provider run it",
      command: "apoc dev grant registry.example/acme/app:1 --provider https://provider.example",
    },
  ],
});
