import { digestToBytes32, marketplaceAbi } from "@apoc/core";
import type { Context } from "@apoc/terminal";
import { chainError, type OpenChain, sendCall, type Signer } from "@apoc/client";
import type { PublishedImage } from "../image/published-image.ts";

/** Seconds from now to the end of the offers: it must not be past when the transaction is included. */
const notice = 120n;

/** Ends the offers of an image on chain: docs/spec/marketplace.md, "Revocations". */
export async function revokeOffers(
  ctx: Context,
  chain: OpenChain,
  signer: Signer,
  image: PublishedImage,
): Promise<void> {
  await ctx.ui.confirm(
    `Permanently end the offers of ${image.name} on ${chain.network.name} (${chain.caip2}) from ${signer.address}?`,
  );
  const { timestamp } = await chain.client.getBlock().catch((error: unknown) => {
    throw chainError(error, "head");
  });
  const local = BigInt(Math.floor(Date.now() / 1000));
  const end = (timestamp > local ? timestamp : local) + notice;
  const { transactionHash } = await sendCall(chain, signer, {
    address: chain.address("marketplace"),
    abi: marketplaceAbi,
    functionName: "revokeOffers",
    args: [digestToBytes32(image.digest), end],
  });
  ctx.ui.step(
    "Revoked",
    `no channel can take an offer from ${new Date(Number(end) * 1000).toISOString()} on`,
  );
  ctx.output.result({ image: image.name, offersEnd: end, transaction: transactionHash }, transactionHash);
}
