import type { ImageKey } from "@apoc/core";
import { ApocError, isApocError } from "@apoc/errors";
import { type Context, defineCommand, ipfsSettings, terminalErrors } from "@apoc/terminal";
import { mediaTypes, ociErrors } from "@apoc/oci";
import { openSource } from "@apoc/oci/node";
import { generateImageKey } from "ocicrypt-js";
import { developerErrors } from "../errors.ts";
import { parsePlatform } from "../image/parse-platform.ts";

/** `apoc dev publish`: docs/spec/image.md. */
export const command = defineCommand({
  description:
    "Encrypts every layer as containers/ocicrypt does, with a fresh key pair for the image, puts the license into the\n" +
    "manifest and pushes it to a registry, to IPFS through a Kubo node, or into an archive for IPFS (CAR). The digest that is printed is the identity of the image: grants and payments name it.\n" +
    "The image key stays on this machine, encrypted with your wallet.",
  args: {
    image: {
      syntax: "<image>",
      description: "OCI layout folder, OCI or docker archive, docker://reference, ipfs://CID or car:FILE",
    },
  },
  options: {
    to: {
      flags: "--to <ref>",
      description: "registry/repository:tag to push to, ipfs[:tag], or car:FILE[:tag]",
      required: true,
    },
    license: { flags: "--license <file>", description: "license.yaml: offers and policy", required: true },
    platform: {
      flags: "--platform <os/arch>",
      description: "which image of an index",
      default: "linux/amd64",
      parse: parsePlatform,
    },
    ipfsApi: {
      flags: "--ipfs-api <url>",
      description: "RPC of the Kubo node that takes the image, instead of the configured one",
      env: "APOC_IPFS_API",
      parse: parseHttpUrl,
    },
    recipient: {
      flags: "--recipient <jwe:FILE>",
      description: "public key that can decrypt besides, for escrow",
      multiple: true,
    },
  },
  examples: [
    {
      text: "Publish a saved image",
      command: "apoc dev publish app.tar --to registry.example/acme/app:1 --license license.yaml",
    },
    {
      text: "Publish it in IPFS",
      command: "apoc dev publish app.tar --to ipfs:1 --license license.yaml",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { describeOffer, describePolicy, licenseHash },
      { openChain },
      { openWallet },
      { encryptedManifest },
      { encryptLayers },
      { assertPlain, readImage },
      { readRecipient },
      { openPublishPlace },
      { saveImageKey },
      { untrustedInputWarning },
      { assertSoundPolicy, readLicenseFile },
    ] = await Promise.all([
      import("@apoc/core"),
      import("@apoc/terminal/chain"),
      import("@apoc/terminal/wallet"),
      import("../image/encrypted-manifest.ts"),
      import("../image/encrypt-layers.ts"),
      import("../image/read-image.ts"),
      import("../image/recipients.ts"),
      import("../image/publish-place.ts"),
      import("../keys/image-key-store.ts"),
      import("../license/untrusted-input.ts"),
      import("../license/read-license-file.ts"),
    ]);
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
  },
});

/** A word without any host in it was meant as a file. */
async function openImage(ctx: Pick<Context, "config" | "flags">, text: string) {
  try {
    return await openSource(text, { ipfs: await ipfsSettings(ctx) });
  } catch (error) {
    if (!isApocError(error, ociErrors.REGISTRY_MISSING) || text.startsWith("docker://")) throw error;
    throw new ApocError(terminalErrors.FILE_UNREADABLE, {
      field: text,
      expected: "an OCI layout folder, an archive, or docker://registry/repository:tag",
      detail: "There is no such file.",
      cause: error,
    });
  }
}

/** Throws RangeError, which the command line shows as a usage error. */
function parseHttpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new RangeError("expected an http or https URL such as http://127.0.0.1:5001");
}

function imageKey(jwk: Awaited<ReturnType<typeof generateImageKey>>["privateJwk"]): ImageKey {
  if (jwk.kty === "EC" && jwk.crv === "P-256") return { ...jwk, crv: jwk.crv };
  throw new ApocError(developerErrors.KEY_FILE_INVALID, { expected: "EC P-256", actual: jwk.kty });
}

function count(layers: number): string {
  return layers === 1 ? "1 layer" : `${layers} layers`;
}
