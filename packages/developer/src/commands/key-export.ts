import { defineCommand } from "@apoc/terminal/command";

/** `apoc dev key export`: the form that skopeo, podman and containerd's decoder read. */
export const command = defineCommand({
  description:
    "Writes the private image key as PKCS#8 PEM, mode 0600: `skopeo copy --decryption-key FILE` then decrypts the image.\n" +
    "Anyone with this file can decrypt the image.",
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest], or the digest alone" } },
  options: { out: { flags: "--out <file>", description: "new file to write", required: true } },
  examples: [
    {
      text: "Export a key",
      command: "apoc dev key export registry.example/acme/app:1 --out app.pem",
    },
  ],
  run: () => import("./key-export.run.ts"),
});
