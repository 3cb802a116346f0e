import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev revoke`: docs/spec/grant.md, "Revocation". */
export const command = defineCommand({
  description:
    "Raises the floor below which grants are void. Providers refuse new starts once they see it on the confirmed chain.\n" +
    "By default the floor voids the grants that are known here, and you can grant again for longer.\n" +
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
    forever: { flags: "--forever", description: "also all future grants" },
  },
  examples: [
    {
      text: "Revoke the grants of one provider",
      command:
        "apoc dev revoke registry.example/acme/app:1 --provider 0x5e1c0000000000000000000000000000000000C9",
    },
  ],
  run: () => import("./revoke.run.ts"),
});
