import { defineCommand } from "@apoc/terminal/command";
import { keyOptions, recipientSyntax } from "./key-options.ts";
import { platformOptions } from "./platform-options.ts";

/** `apoc image recipients` */
export const command = defineCommand({
  description:
    "Without a destination, lists the recipients by algorithm and curve, without their keys. With a destination, writes\n" +
    "the image there with recipients added or removed. The layers stay byte for byte; the digest of the image changes.\n" +
    "Adding needs a key that decrypts the image. Removing does not revoke: a former recipient may have kept the keys. To\n" +
    "revoke, encrypt the image again.",
  args: {
    source: { syntax: "<source>", description: "the encrypted image" },
    destination: { syntax: "[destination]", description: "destination of the changed image" },
  },
  options: {
    add: {
      flags: `--add ${recipientSyntax}`,
      description: "recipient to add",
      multiple: true,
    },
    remove: {
      flags: "--remove <number|file>",
      description: "recipient to remove: its number in the list, or a file with its private key",
      multiple: true,
    },
    ...keyOptions,
    ...platformOptions,
  },
  examples: [
    { text: "List the recipients", command: "apoc image recipients oci:app:1" },
    {
      text: "Add a recipient",
      command: "apoc image recipients oci:app:1 oci:app:2 --add jwe:new.pem --key private.pem",
    },
  ],
  run: () => import("./recipients.run.ts"),
});
