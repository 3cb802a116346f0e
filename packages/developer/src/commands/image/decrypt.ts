import { defineCommand } from "@apoc/terminal/command";
import { keyOptions } from "./key-options.ts";
import { platformOptions } from "./platform-options.ts";

/** `apoc image decrypt` */
export const command = defineCommand({
  description:
    "Decrypts the layers of an image. Nothing is written before digest and HMAC of a layer are verified, and no\n" +
    "layer that differs from its diffID reaches the destination.",
  args: {
    source: { syntax: "<source>", description: "the encrypted image" },
    destination: { syntax: "<destination>", description: "destination of the plain image" },
  },
  options: {
    ...keyOptions,
    ...platformOptions,
  },
  examples: [
    {
      text: "Decrypt an image of a registry",
      command: "apoc image decrypt docker://registry.example/app:1 oci-archive:app.tar --key private.pem",
    },
  ],
  run: () => import("./decrypt.run.ts"),
});
