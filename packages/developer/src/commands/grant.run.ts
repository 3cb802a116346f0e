import { type Grant, grantTag, parseAccountName, pushGrant, sealGrant } from "@apoc/core";
import { ApocError, type ErrorKind } from "@apoc/errors";
import type { Target } from "@apoc/oci";
import { codedError, type Context, renderError, type RunResult } from "@apoc/terminal";
import { openWallet } from "@apoc/terminal/wallet";
import { developerErrors } from "../errors.ts";
import { saveGrant } from "../grants/grant-store.ts";
import { type AttestedKey, attestedKey } from "../grants/provider-key.ts";
import { type PublishedImage, readPublishedImage } from "../image/published-image.ts";
import { openImageKey, readImageKeyRecord } from "../keys/image-key-store.ts";

interface Input {
  readonly args: { readonly ref: string };
  readonly options: {
    readonly provider: readonly string[];
    readonly notAfter: number;
    readonly upload: boolean;
    readonly policy: string | undefined;
  };
}

/** Runs `apoc dev grant`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const image = await readPublishedImage(ctx, args.ref);
  const record = await readImageKeyRecord(ctx.config.dataDirectory, image.digest);
  const wallet = await openWallet(ctx);
  const { address, chainId } = parseAccountName(image.license.developer);
  if (address !== wallet.address) {
    throw new ApocError(developerErrors.LICENSE_OWNER, {
      field: image.name,
      expected: image.license.developer,
      actual: `${wallet.name} ${wallet.address}`,
      next: { action: "choose-wallet" },
    });
  }
  const imageKey = await openImageKey(record, wallet.secretFor);
  const notAfter = new Date(Date.now() + options.notAfter);
  const given: { provider: string; keyId: string; reference: string; notAfter: string }[] = [];
  let failure: ErrorKind | undefined;
  const beside = options.upload ? undefined : image.beside;
  for (const text of options.provider) {
    try {
      if (beside === undefined && !/^https?:\/\//.test(text)) {
        throw new ApocError(developerErrors.UPLOAD_NEEDS_URL, {
          field: text,
          expected: "https://provider",
          ...(options.upload ? {} : { detail: "Nothing can be put beside an image in IPFS." }),
        });
      }
      const key = await attestedKey(ctx, text, wallet, { policy: options.policy, chainId });
      const grant = await sealGrant(
        {
          image: image.digest,
          config: image.manifest.config.digest,
          imageKey,
          licenseHash: image.licenseHash,
          wrappingKey: key.wrappingKey,
          notAfter,
          policy: key.policy,
          chainId,
        },
        wallet.signer,
      );
      const reference = await deliver(image, grant, key, beside);
      await key.connection?.close();
      await saveGrant(ctx.config.dataDirectory, grant);
      ctx.ui.step(
        "Granted",
        `${key.provider}, key ${key.keyId.slice(0, 8)}…, until ${notAfter.toISOString()}`,
      );
      given.push({ provider: key.provider, keyId: key.keyId, reference, notAfter: notAfter.toISOString() });
    } catch (error) {
      if (options.provider.length === 1) throw error;
      failure ??= reportFailure(ctx, text, error);
    }
  }
  ctx.output.result({ image: image.name, grants: given }, given.map(({ reference }) => reference).join("\n"));
  return failure;
}

/** Hands a grant to the provider, or puts it beside the image. */
async function deliver(
  image: PublishedImage,
  grant: Grant,
  { connection }: AttestedKey,
  beside: Target | undefined,
): Promise<string> {
  if (beside === undefined) {
    if (connection === undefined) throw new TypeError("a grant is uploaded over the attested connection");
    await connection.client.uploadGrant(grant);
    return `${connection.url}/v1/grants ${grantTag(grant.image, grant.providerKeyId)}`;
  }
  const repository = image.name.slice(0, image.name.indexOf("@"));
  const artifact = await pushGrant(beside, image.descriptor, grant);
  return `${repository}@${artifact.digest}`;
}

/** One provider of several failed: the others go on, and the exit code tells. */
function reportFailure(ctx: Context, provider: string, error: unknown): ErrorKind {
  ctx.signal.throwIfAborted();
  const coded = codedError(error);
  ctx.ui.failed("Not granted", provider);
  ctx.ui.notice(renderError(coded, ctx.ui.paint, ctx.flags.trace));
  return coded.descriptor.kind;
}
