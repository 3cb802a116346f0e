import { defineCommand } from "@apoc/terminal/command";
import { keyOptions, recipientSyntax } from "./key-options.ts";
import { platformOptions } from "./platform-options.ts";

/** `apoc image recipients` */
export const command = defineCommand({
  description:
    "Without a destination, lists who can decrypt: algorithm and curve show, keys do not. With one, writes the image there\n" +
    "with recipients added or removed. The layers stay byte for byte; the digest of the image changes. Adding needs a key\n" +
    "that opens the image. Removing does not revoke: a former recipient may have kept the keys. To revoke, encrypt the image again.",
  args: {
    source: { syntax: "<source>", description: "the encrypted image" },
    destination: { syntax: "[destination]", description: "where the changed one goes" },
  },
  options: {
    add: {
      flags: `--add ${recipientSyntax}`,
      description: "who can decrypt from now on",
      multiple: true,
    },
    remove: {
      flags: "--remove <number|file>",
      description: "recipient to take away: its number in the list, or a file with its private key",
      multiple: true,
    },
    ...keyOptions,
    ...platformOptions,
  },
  examples: [
    { text: "List the recipients", command: "apoc image recipients oci:app:1" },
    {
      text: "Add one",
      command: "apoc image recipients oci:app:1 oci:app:2 --add jwe:new.pem --key private.pem",
    },
  ],
  run: () => import("./recipients.run.ts"),
});
