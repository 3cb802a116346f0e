import { type Grant, grantTag, parseAccountName, pushGrant, sealGrant } from "@apoc/core";
import { ApocError, type ExitKind } from "@apoc/errors";
import type { Target } from "@apoc/oci";
import { codedError, type Context, defineCommand, parseDuration, renderError } from "@apoc/terminal";
import { developerErrors } from "../errors.ts";
import type { AttestedKey } from "../grants/provider-key.ts";
import type { PublishedImage } from "../image/published-image.ts";

/** `apoc dev grant`: docs/spec/grant.md. */
export const command = defineCommand({
  description:
    "Wraps the image key to a provider's attested key, signs that, and pushes it beside the image. The image, its digest\n" +
    "and its layers stay as they are. An image in IPFS cannot get anything beside it: its grants are handed to the\n" +
    "provider. A key that a provider has seen cannot be recalled: attest before you grant.",
  args: { ref: { syntax: "<ref>", description: "registry/repository[:tag|@digest] or ipfs://CID" } },
  options: {
    provider: {
      flags: "--provider <url|file|address>",
      description: "provider to attest now, or a record or address attested before",
      required: true,
      multiple: true,
    },
    notAfter: {
      flags: "--not-after <time>",
      description: "how long the grant is good for, such as 30d",
      default: "30d",
      parse: parseDuration,
    },
    upload: {
      flags: "--upload",
      description: "hand the grant to the provider itself instead of pushing it beside the image",
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
  },
  examples: [
    {
      text: "Attest a provider and let it run the image",
      command: "apoc dev grant registry.example/acme/app:1 --provider https://provider.example",
    },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { openWallet },
      { saveGrant },
      { attestedKey },
      { readPublishedImage },
      { openImageKey, readImageKeyRecord },
      { typedDataSigner },
    ] = await Promise.all([
      import("@apoc/terminal/wallet"),
      import("../grants/grant-store.ts"),
      import("../grants/provider-key.ts"),
      import("../image/published-image.ts"),
      import("../keys/image-key-store.ts"),
      import("../typed-data-signer.ts"),
    ]);
    const image = await readPublishedImage(ctx, args.ref);
    const record = await readImageKeyRecord(ctx.config.dataDirectory, image.digest);
    const wallet = await openWallet(ctx);
    const { address, chainId } = parseAccountName(image.license.developer);
    if (address !== wallet.address) {
      throw new ApocError(developerErrors.LICENSE_OWNER, {
        field: image.name,
        expected: image.license.developer,
        actual: `${wallet.name} ${wallet.address}`,
        hint: "give the command --wallet NAME",
      });
    }
    const imageKey = await openImageKey(record, wallet.secretFor);
    const notAfter = new Date(Date.now() + options.notAfter);
    const given: { provider: string; keyId: string; reference: string; notAfter: string }[] = [];
    let failure: ExitKind | undefined;
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
            chainId,
          },
          typedDataSigner(wallet.account),
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
    ctx.output.result(
      { image: image.name, grants: given },
      given.map(({ reference }) => reference).join("\n"),
    );
    return failure;
  },
});

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
function reportFailure(ctx: Context, provider: string, error: unknown): ExitKind {
  ctx.signal.throwIfAborted();
  const coded = codedError(error);
  ctx.ui.failed("Not granted", provider);
  ctx.ui.notice(renderError(coded, ctx.ui.paint, ctx.flags.trace));
  return coded.descriptor.exit;
}
