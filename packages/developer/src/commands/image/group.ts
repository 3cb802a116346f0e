import { defineGroup } from "@apoc/terminal/command";

/** `apoc image`: images as such, without licenses, wallets or chains. */
export const group = defineGroup({
  summary: "Inspect, copy, encrypt and decrypt images",
  description:
    "Images are named as in skopeo: oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REFERENCE],\n" +
    "docker://registry/repository[:tag|@digest], also car:FILE[:TAG] and ipfs://CID (as a destination ipfs[:TAG]). Layers\n" +
    "are encrypted as in containers/ocicrypt, compatible with skopeo, podman, containerd and CRI-O.",
  commands: {
    inspect: { summary: "Show what an image consists of", load: () => import("./inspect.ts") },
    copy: { summary: "Copy an image", load: () => import("./copy.ts") },
    encrypt: { summary: "Encrypt the layers of an image", load: () => import("./encrypt.ts") },
    recipients: {
      summary: "Show or change the recipients of an image",
      load: () => import("./recipients.ts"),
    },
    keyprovider: {
      summary: "Serve keys to other programs",
      load: () => import("./keyprovider.ts"),
    },
    decrypt: { summary: "Decrypt the layers of an image", load: () => import("./decrypt.ts") },
  },
  examples: [
    {
      text: "Encrypt an image for a key",
      command: "apoc image encrypt docker-archive:app.tar oci:app:1 --recipient jwe:public.pem",
    },
  ],
});
