import { sendCall } from "@apoc/client";
import { marketplaceAbi, parseAccountName } from "@apoc/core";
import { patterns } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { type Context, type RunResult, terminalErrors } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { findRecords } from "../attestations/record-store.ts";
import { developerErrors } from "../errors.ts";
import { listGrants } from "../grants/grant-store.ts";
import { forever, revocationFloor, revocationScope } from "../grants/revocation.ts";
import { revokeOffers } from "../grants/revoke-offers.ts";
import { readPublishedImage } from "../image/published-image.ts";

interface Input {
  readonly args: { readonly ref: string };
  readonly options: {
    readonly provider: readonly string[];
    readonly all: boolean;
    readonly offers: boolean;
    readonly forever: boolean;
  };
}

/** Runs `apoc dev revoke`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const chosen = [options.all, options.offers, options.provider.length > 0].filter(Boolean).length;
  if (chosen !== 1 || (options.offers && options.forever)) {
    throw new ApocError(terminalErrors.USAGE, {
      expected: "--all, at least one --provider, or --offers",
      next: { action: "run", subject: "apoc dev revoke --help" },
    });
  }
  const image = await readPublishedImage(ctx, args.ref);
  const known = await listGrants(ctx.config.dataDirectory, image.digest);
  const chain = await openChain(ctx);
  const marketplace = chain.address("marketplace");
  const wallet = await openWallet(ctx);
  if (parseAccountName(image.license.developer).address !== wallet.address) {
    throw new ApocError(developerErrors.LICENSE_OWNER, {
      field: image.name,
      expected: image.license.developer,
      actual: wallet.address,
    });
  }
  if (options.offers) {
    await revokeOffers(ctx, chain, wallet.signer, image);
    return;
  }
  const keys = options.all
    ? [undefined]
    : (await Promise.all(options.provider.map((text) => keyIdsOf(ctx, text)))).flat();
  ctx.ui.warn(
    "A provider that has unwrapped the image key still has it. Revoking stops admitted providers from starting the\n" +
      "image again; it takes nothing back. To take the key back, publish a new image and grant that one.",
  );
  await ctx.ui.confirm(`Revoke on ${chain.network.name} (${chain.caip2}) from ${wallet.address}?`);
  const now = Math.floor(Date.now() / 1000);
  const done: { scope: string; keyId: string | null; floor: bigint; transaction: string }[] = [];
  for (const keyId of keys) {
    const grants = known.filter((grant) => keyId === undefined || grant.providerKeyId === keyId);
    const floor = options.forever ? forever : revocationFloor(grants, now);
    const scope = revocationScope(image.digest, keyId);
    const receipt = await sendCall(chain, wallet.signer, {
      address: marketplace,
      abi: marketplaceAbi,
      functionName: "revokeGrants",
      args: [scope, floor],
    });
    ctx.ui.step(
      "Revoked",
      `${keyId === undefined ? "all keys" : `key ${keyId.slice(0, 8)}…`}, ${count(grants.length)} known here`,
    );
    done.push({ scope, keyId: keyId ?? null, floor, transaction: receipt.transactionHash });
  }
  ctx.output.result(
    { image: image.name, revoked: done },
    done.map(({ transaction }) => transaction).join("\n"),
  );
}

async function keyIdsOf(ctx: Context, text: string): Promise<string[]> {
  if (patterns.hex32.test(text)) return [text];
  const ids = patterns.address.test(text)
    ? (await findRecords(ctx.config.dataDirectory, text)).map(({ signed }) => signed.record.providerKeyId)
    : [];
  if (ids.length > 0) return ids;
  throw new ApocError(developerErrors.PROVIDER_KEY_UNKNOWN, {
    field: text,
    expected: "the address of a provider that was attested from here, or a key id of 64 hex digits",
  });
}

function count(grants: number): string {
  return grants === 1 ? "1 grant" : `${grants} grants`;
}
