import { chainError, type OpenChain, readToken } from "@apoc/client";
import { describeOffer, describePolicy, digestToBytes32, marketplaceAbi, parseAccountName } from "@apoc/core";
import { isApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { listGrants } from "../grants/grant-store.ts";
import { type PublishedImage, readPublishedImage } from "../image/published-image.ts";

interface Input {
  readonly args: { readonly ref: string };
}

/** Runs `apoc dev show`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const image = await readPublishedImage(ctx, args.ref);
  const chain = await connected(ctx);
  const offers = await Promise.all(
    image.license.offers.map(async (offer) => {
      const here = chain !== undefined && offer.chain === chain.caip2;
      const token = here ? await readToken(chain, offer.token) : { symbol: "base units", decimals: 0 };
      return { ...offer, text: describeOffer(offer, token) };
    }),
  );
  const grants = await Promise.all(
    (await listGrants(ctx.config.dataDirectory, image.digest)).map(async (grant) => ({
      keyId: grant.providerKeyId,
      notAfter: new Date(grant.notAfter * 1000).toISOString(),
      state: await stateOf(chain, image, grant.providerKeyId, grant.notAfter),
    })),
  );
  const offersEnd = await offersEndOf(chain, image);
  const entrypoint = image.config.config?.Entrypoint ?? [];
  const lines = [
    `Image       ${image.name}`,
    `Developer   ${image.license.developer}`,
    `License     ${image.licenseHash}`,
    `Entrypoint  ${JSON.stringify(entrypoint)}, locked`,
    `Policy      publishers may change: ${describePolicy(image.license.policy)}`,
    ...offers.map(({ chain: name, text }, index) => `Offer ${index}     ${text} (${name})`),
    ...(offersEnd === null ? [] : [`Revoked     offers, for channels accepted from ${offersEnd} on`]),
    ...grants.map(
      ({ keyId, notAfter, state }) => `Grant       key ${keyId.slice(0, 16)}…, until ${notAfter}, ${state}`,
    ),
    ...(grants.length === 0 ? ["Grants      none given from here"] : []),
  ];
  ctx.output.result(
    {
      reference: image.name,
      digest: image.digest,
      license: image.license,
      licenseHash: image.licenseHash,
      entrypoint,
      offers,
      offersEnd,
      grants,
    },
    lines.join("\n"),
  );
}

/** Amounts and revocations need the chain; without one the rest is still worth showing. */
async function connected(ctx: Context): Promise<OpenChain | undefined> {
  try {
    return await openChain(ctx);
  } catch (error) {
    if (!isApocError(error)) throw error;
    ctx.ui.warn(
      `${error.code}: ${error.descriptor.title}. Amounts are shown in base units, revocations not at all.`,
    );
    return undefined;
  }
}

/** When no channel can take an offer any more; null where that is not so, or no chain to ask. */
async function offersEndOf(chain: OpenChain | undefined, image: PublishedImage): Promise<string | null> {
  if (chain?.network.marketplace === undefined) return null;
  const end = await chain.client
    .readContract({
      address: chain.network.marketplace,
      abi: marketplaceAbi,
      functionName: "offersEnd",
      args: [parseAccountName(image.license.developer).address, digestToBytes32(image.digest)],
    })
    .catch((error: unknown) => {
      throw chainError(error, "offersEnd");
    });
  // Beyond what dates can hold there is no end.
  return end > 8_640_000_000_000n ? null : new Date(Number(end) * 1000).toISOString();
}

async function stateOf(
  chain: OpenChain | undefined,
  image: PublishedImage,
  keyId: string,
  notAfter: number,
): Promise<"valid" | "expired" | "revoked" | "unknown"> {
  if (notAfter * 1000 <= Date.now()) return "expired";
  if (chain?.network.marketplace === undefined) return "unknown";
  const floor = await chain.client.readContract({
    address: chain.network.marketplace,
    abi: marketplaceAbi,
    functionName: "grantFloor",
    args: [parseAccountName(image.license.developer).address, digestToBytes32(image.digest), `0x${keyId}`],
  });
  return BigInt(notAfter) <= floor ? "revoked" : "valid";
}
