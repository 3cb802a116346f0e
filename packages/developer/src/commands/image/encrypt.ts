import { defineCommand } from "@apoc/terminal/command";
import { recipientSyntax } from "./key-options.ts";
import { platformOptions } from "./platform-options.ts";

/** `apoc image encrypt` */
export const command = defineCommand({
  description:
    "Encrypts each layer with its own key (AES-256-CTR, HMAC-SHA256), wrapped for each recipient as a JWE. Layers that are\n" +
    "not gzip are converted first, since every runtime decrypts gzip. The config stays readable.",
  args: {
    source: { syntax: "<source>", description: "the plain image" },
    destination: { syntax: "<destination>", description: "destination of the encrypted image" },
  },
  options: {
    recipient: {
      flags: `--recipient ${recipientSyntax}`,
      description:
        "recipient: a public key (EC P-256, P-384, P-521 or RSA; PEM, DER or JWK), or a key provider",
      multiple: true,
    },
    ...platformOptions,
  },
  examples: [
    {
      text: "Encrypt for two keys",
      command:
        "apoc image encrypt docker-archive:app.tar oci:app:1 --recipient jwe:ours.pem --recipient jwe:escrow.pem",
    },
  ],
  run: () => import("./encrypt.run.ts"),
});
