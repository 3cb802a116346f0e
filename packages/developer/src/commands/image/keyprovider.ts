import { defineCommand } from "@apoc/terminal/command";
import { keyOptions } from "./key-options.ts";

/** `apoc image keyprovider` */
export const command = defineCommand({
  description:
    "Serves skopeo, podman, buildah, containerd's ctd-decoder and CRI-O as a key provider of ocicrypt, so that a private\n" +
    "key stays in this process. Without --listen it answers one request on stdin, as a provider of kind `cmd`; with\n" +
    "--listen it serves gRPC on this machine until Ctrl-C, to anyone who can connect.",
  options: {
    key: keyOptions.key,
    passphrase: keyOptions.passphrase,
    recipient: {
      flags: "--recipient <jwe:FILE>",
      description: "public key to wrap for; without it, wrapping is refused",
    },
    listen: { flags: "--listen <address>", description: "127.0.0.1:PORT or unix:///PATH" },
  },
  examples: [
    {
      text: "Serve a key to programs on this machine",
      command: "apoc image keyprovider --key private.pem --listen unix:///run/user/1000/keys.sock",
    },
  ],
  run: () => import("./keyprovider.run.ts"),
});
