import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { ApocError } from "@apoc/errors";
import { defineCommand, terminalErrors } from "@apoc/terminal";
import { openWallet } from "@apoc/terminal/wallet";
import { exportPkcs8 } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";
import { identifyImage } from "../image/published-image.ts";
import { openImageKey, readImageKeyRecord } from "../keys/image-key-store.ts";

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
    const { digest } = await identifyImage(args.ref);
    const record = await readImageKeyRecord(ctx.config.dataDirectory, digest);
    const wallet = await openWallet(ctx);
    const pem = await exportPkcs8(await openImageKey(record, wallet.secretFor));
    const path = resolve(ctx.cwd, options.out);
    await writeNew(path, pem);
    ctx.ui.warn(`${options.out} decrypts ${record.repository}@${digest}. Keep it as you keep the source.`);
    ctx.output.result({ image: digest, file: path }, path);
  },
});

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST") throw new ApocError(developerErrors.OUTPUT_EXISTS, { field: path });
    throw new ApocError(terminalErrors.FILE_UNREADABLE, { field: path, detail: cause.message, cause });
  });
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
