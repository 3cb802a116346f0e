import { describeOffer, describePolicy, type ImageKey, licenseHash } from "@apoc/core";
import { fileErrors } from "@apoc/client/files";
import { ApocError, isApocError } from "@apoc/errors";
import { mediaTypes, ociErrors, type WantedPlatform } from "@apoc/oci";
import { openSource } from "@apoc/oci/node";
import { type Context, ipfsSettings, type RunResult } from "@apoc/terminal";
import { openChain } from "@apoc/terminal/chain";
import { openWallet } from "@apoc/terminal/wallet";
import { generateImageKey } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";
import { encryptLayers } from "../image/encrypt-layers.ts";
import { encryptedManifest } from "../image/encrypted-manifest.ts";
import { openPublishPlace } from "../image/publish-place.ts";
import { assertPlain, readImage } from "../image/read-image.ts";
import { readRecipient } from "../image/recipients.ts";
import { saveImageKey } from "../keys/image-key-store.ts";
import { assertSoundPolicy, readLicenseFile } from "../license/read-license-file.ts";
import { untrustedInputWarning } from "../license/untrusted-input.ts";

interface Input {
  readonly args: { readonly image: string };
  readonly options: {
    readonly to: string;
    readonly license: string;
    readonly platform: WantedPlatform;
    readonly ipfsApi: string | undefined;
    readonly recipient: readonly string[];
  };
}

/** Runs `apoc dev publish`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const { ui, signal } = ctx;
  await using place = await openPublishPlace(ctx, options.to, { ipfsApi: options.ipfsApi });
  const { target, tag } = place;
  const recipients = await Promise.all(options.recipient.map((text) => readRecipient(text, ctx.cwd)));
  const { source, reference } = await openImage(ctx, args.image);
  const image = await readImage(source, reference, options.platform, signal);
  assertPlain(image);
  const chain = await openChain(ctx);
  const wallet = await openWallet(ctx);
  const { license, tokens } = await readLicenseFile(options.license, {
    cwd: ctx.cwd,
    chain,
    developer: wallet.address,
  });
  assertSoundPolicy(license, image.config);

  const entrypoint = image.config.config?.Entrypoint ?? [];
  ui.note(`Developer  ${license.developer}`);
  for (const offer of license.offers) {
    const token = tokens.get(offer.token) ?? { symbol: "base units", decimals: 0 };
    ui.note(`Offer      ${describeOffer(offer, token)}`);
  }
  ui.note(`Policy     publishers may change: ${describePolicy(license.policy)}`);
  ui.step("Read image", `${count(image.manifest.layers.length)}, entrypoint ${JSON.stringify(entrypoint)}`);
  if (!license.developer.endsWith(wallet.address)) {
    ui.warn(
      `The license names ${license.developer}; wallet ${wallet.name} (${wallet.address}) cannot grant it.`,
    );
  }

  const { publicJwk, privateJwk } = await generateImageKey();
  const total = image.manifest.layers.reduce((sum, { size }) => sum + size, 0);
  const progress = ui.progress("Encrypted and pushed", 2 * total);
  const layers = await encryptLayers(
    { source, image },
    target,
    { recipients: [publicJwk, ...recipients] },
    {
      signal,
      progress: { encrypted: progress.advance, pushed: progress.advance },
    },
  ).catch((error: unknown) => {
    progress.fail();
    throw error;
  });
  progress.done(`AES-256-CTR, ${count(layers.length)}`);

  const published = encryptedManifest(image, layers, license);
  const { digest } = published.descriptor;
  const { config } = published.manifest;
  await target.push({ ...config, mediaType: mediaTypes.config }, image.configBytes);
  const repository = await place.prepare(published);
  // The key is safe before anybody can learn of the image: a lost key would make it worthless.
  await saveImageKey(
    ctx.config.dataDirectory,
    wallet.secretFor,
    {
      image: digest,
      repository,
      tag,
      config: config.digest,
      developer: license.developer,
    },
    imageKey(privateJwk),
  );
  ui.step(
    "Kept image key",
    "encrypted with your wallet; back up the data folder or use `apoc dev key export`",
  );
  ui.step("Published", await place.release(published));
  const name = `${repository}@${digest}`;
  ui.warn(untrustedInputWarning(license, entrypoint));
  ui.note(`Next: apoc dev grant ${name} --provider URL`);
  ctx.output.result(
    {
      reference: name,
      digest,
      tag,
      config: config.digest,
      layers: layers.map((layer) => layer.digest),
      license,
      licenseHash: licenseHash(license),
    },
    name,
  );
}

/** A word without any host in it was meant as a file. */
async function openImage(ctx: Pick<Context, "config" | "flags">, text: string) {
  try {
    return await openSource(text, { ipfs: await ipfsSettings(ctx) });
  } catch (error) {
    if (!isApocError(error, ociErrors.REGISTRY_MISSING) || text.startsWith("docker://")) throw error;
    throw new ApocError(fileErrors.FILE_UNREADABLE, {
      field: text,
      expected: "an OCI layout folder, an archive, or docker://registry/repository:tag",
      detail: "There is no such file.",
      cause: error,
    });
  }
}

function imageKey(jwk: Awaited<ReturnType<typeof generateImageKey>>["privateJwk"]): ImageKey {
  if (jwk.kty === "EC" && jwk.crv === "P-256") return { ...jwk, crv: jwk.crv };
  throw new ApocError(developerErrors.KEY_FILE_INVALID, { expected: "EC P-256", actual: jwk.kty });
}

function count(layers: number): string {
  return layers === 1 ? "1 layer" : `${layers} layers`;
}
