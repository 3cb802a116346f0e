import { writeNewFile } from "@apoc/client/files";
import { resolve } from "node:path";
import { type Context, type RunResult } from "@apoc/terminal";
import { attestProvider } from "@apoc/terminal/attestation";
import { selectNetwork } from "@apoc/terminal/config";
import { openWallet } from "@apoc/terminal/wallet";
import { makeRecord } from "../attestations/make-record.ts";
import { publishRecord } from "../attestations/publish-record.ts";
import { recordText, saveRecord } from "../attestations/record-store.ts";
import { developerErrors } from "../errors.ts";

interface Input {
  readonly args: { readonly provider: string };
  readonly options: {
    readonly policy: string | undefined;
    readonly out: string | undefined;
    readonly push: string | undefined;
    readonly maxAge: number | undefined;
  };
}

/** Runs `apoc dev attest`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const network = await selectNetwork(ctx);
  const provider = await attestProvider(ctx, {
    url: args.provider,
    policy: options.policy,
    expect: { chainId: Number(network.chain.slice("eip155:".length)) },
  });
  await provider.close();
  const wallet = await openWallet(ctx);
  const signed = await makeRecord(provider, wallet, options.maxAge);
  const path = await saveRecord(ctx.config.dataDirectory, signed);
  if (options.out !== undefined) {
    await writeNewFile(resolve(ctx.cwd, options.out), recordText(signed), developerErrors.OUTPUT_EXISTS);
  }
  if (options.push !== undefined) {
    const reference = await publishRecord(options.push, signed);
    ctx.ui.step("Published record", reference);
  }
  ctx.ui.note(
    `Attestation result: affirming, until ${signed.record.expiresAt}. Signed by ${wallet.address}.`,
  );
  ctx.ui.note(`Next: apoc dev grant <ref> --provider ${provider.address}`);
  ctx.output.result(
    { provider: provider.address, keyId: provider.keyId, file: path, ...signed },
    `${provider.address}  ${provider.keyId}`,
  );
}
