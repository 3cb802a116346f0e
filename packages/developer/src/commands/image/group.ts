import { defineGroup } from "@apoc/terminal/command";

/** `apoc image`: images as such, without licenses, wallets or chains. */
export const group = defineGroup({
  summary: "Inspect, copy, encrypt and decrypt images",
  description:
    "Images are named as skopeo names them: oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REFERENCE],\n" +
    "docker://registry/repository[:tag|@digest], also car:FILE[:TAG] and ipfs://CID (as a destination ipfs[:TAG]). Layers are encrypted as containers/ocicrypt does, so that skopeo, podman,\n" +
    "containerd and CRI-O decrypt them, and the other way round.",
  commands: {
    inspect: { summary: "Show what an image consists of", load: () => import("./inspect.ts") },
    copy: { summary: "Copy an image from one place to another", load: () => import("./copy.ts") },
    encrypt: { summary: "Encrypt the layers of an image", load: () => import("./encrypt.ts") },
    recipients: { summary: "Show or change who can decrypt an image", load: () => import("./recipients.ts") },
    keyprovider: {
      summary: "Answer other programs that ask for keys",
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
