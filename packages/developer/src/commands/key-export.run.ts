import { writeNewFile } from "@apoc/client/files";
import { resolve } from "node:path";
import { type Context, type RunResult } from "@apoc/terminal";
import { openWallet } from "@apoc/terminal/wallet";
import { exportPkcs8 } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";
import { identifyImage } from "../image/published-image.ts";
import { openImageKey, readImageKeyRecord } from "../keys/image-key-store.ts";

interface Input {
  readonly args: { readonly ref: string };
  readonly options: { readonly out: string };
}

/** Runs `apoc dev key export`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { digest } = await identifyImage(ctx, args.ref);
  const record = await readImageKeyRecord(ctx.config.dataDirectory, digest);
  const wallet = await openWallet(ctx);
  const pem = await exportPkcs8(await openImageKey(record, wallet.secretFor));
  const path = resolve(ctx.cwd, options.out);
  await writeNewFile(path, pem, developerErrors.OUTPUT_EXISTS);
  ctx.ui.warn(`${options.out} decrypts ${record.repository}@${digest}. Keep it as you keep the source.`);
  ctx.output.result({ image: digest, file: path }, path);
}
