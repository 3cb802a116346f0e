import { resolve } from "node:path";
import { defineCommand, writeNewFile } from "@apoc/terminal";
import { developerErrors } from "../errors.ts";

/** `apoc dev key export`: the form that skopeo, podman and containerd's decoder read. */
export const command = defineCommand({
  description:
    "Writes the private image key as PKCS#8 PEM, mode 0600: `skopeo copy --decryption-key FILE` then decrypts the image.\n" +
    "Whoever has this file has the image.",
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest], or the digest alone" } },
  options: { out: { flags: "--out <file>", description: "new file to write", required: true } },
  examples: [
    {
      text: "Export a key",
      command: "apoc dev key export registry.example/acme/app:1 --out app.pem",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [{ openWallet }, { exportPkcs8 }, { identifyImage }, { openImageKey, readImageKeyRecord }] =
      await Promise.all([
        import("@apoc/terminal/wallet"),
        import("ocicrypt-js"),
        import("../image/published-image.ts"),
        import("../keys/image-key-store.ts"),
      ]);
    const { digest } = await identifyImage(ctx, args.ref);
    const record = await readImageKeyRecord(ctx.config.dataDirectory, digest);
    const wallet = await openWallet(ctx);
    const pem = await exportPkcs8(await openImageKey(record, wallet.secretFor));
    const path = resolve(ctx.cwd, options.out);
    await writeNewFile(path, pem, developerErrors.OUTPUT_EXISTS);
    ctx.ui.warn(`${options.out} decrypts ${record.repository}@${digest}. Keep it as you keep the source.`);
    ctx.output.result({ image: digest, file: path }, path);
  },
});
