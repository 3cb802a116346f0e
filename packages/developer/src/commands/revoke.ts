import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev revoke`: docs/spec/grant.md, "Revocation". */
export const command = defineCommand({
  description:
    "Raises the floor below which grants are void. Providers stop admitting new starts once they see it on the confirmed\n" +
    "chain. By default the floor voids the grants that are known here and lets you grant again for longer.\n" +
    "With --offers no new pod can be deployed with the image, whoever has a grant; running pods keep their terms.",
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest] or ipfs://CID" } },
  options: {
    provider: {
      flags: "--provider <address|key>",
      description: "address of an attested provider, or a key id",
      multiple: true,
    },
    all: { flags: "--all", description: "all grants of the image" },
    offers: {
      flags: "--offers",
      description: "revoke the offers of the image instead of grants, permanently",
    },
    forever: { flags: "--forever", description: "also all grants of the future" },
  },
  examples: [
    {
      text: "Void what one provider has",
      command:
        "apoc dev revoke registry.example/acme/app:1 --provider 0x5e1c0000000000000000000000000000000000C9",
    },
  ],
  run: () => import("./revoke.run.ts"),
});
