import { defineCommand, parseDuration } from "@apoc/terminal/command";

/** `apoc dev grant`: docs/spec/grant.md. */
export const command = defineCommand({
  description:
    "Wraps the image key to a provider's attested key, signs that, and pushes it beside the image. The image, its digest\n" +
    "and its layers stay as they are. An image in IPFS cannot get anything beside it: its grants are handed to the\n" +
    "provider. A key that a provider has seen cannot be recalled: attest before you grant.",
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest] or ipfs://CID" } },
  options: {
    provider: {
      flags: "--provider <url|file|address>",
      description: "provider to attest now, or a record or address attested before",
      required: true,
      multiple: true,
    },
    notAfter: {
      flags: "--not-after <time>",
      description: "how long the grant is good for, such as 30d",
      default: "30d",
      parse: parseDuration,
    },
    upload: {
      flags: "--upload",
      description: "hand the grant to the provider itself instead of pushing it beside the image",
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
