import { defineCommand, parseDuration } from "@apoc/terminal/command";

/** `apoc dev grant`: docs/spec/grant.md. */
export const command = defineCommand({
  description:
    "Wraps the image key to a provider's attested key, signs it, and pushes it beside the image. The image, its digest and\n" +
    "its layers do not change. Nothing can be added beside an image in IPFS: its grants are uploaded to the provider.\n" +
    "A key that a provider has seen cannot be recalled: attest before you grant.",
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest] or ipfs://CID" } },
  options: {
    provider: {
      flags: "--provider <url|file|address>",
      description: "provider to attest now, or a record or address that was attested before",
      required: true,
      multiple: true,
    },
    notAfter: {
      flags: "--not-after <time>",
      description: "validity of the grant, e.g. 30d",
      default: "30d",
      parse: parseDuration,
    },
    upload: {
      flags: "--upload",
      description: "upload the grant to the provider instead of pushing it beside the image",
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [
    {
      text: "Attest a provider and let it run the image",
      command: "apoc dev grant registry.example/acme/app:1 --provider https://provider.example",
    },
  ],
  run: () => import("./grant.run.ts"),
});
