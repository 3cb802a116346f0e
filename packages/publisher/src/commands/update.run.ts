import { toBase64 } from "@apoc/encoding";
import { digestToBytes32, encodePodRequest, executionRate, sealSecrets } from "@apoc/core";
import { ApocError } from "@apoc/errors";
import type { Context, RunResult } from "@apoc/terminal";
import { attestProvider } from "@apoc/terminal/attestation";
import { openDeploymentChain, openDeploymentWallet } from "../deployment/open-deployment.ts";
import { putPod, waitUntilRunning } from "../deployment/provision.ts";
import type { Deployment } from "../deployment/record.ts";
import { openDeployments } from "../deployment/store.ts";
import { publisherErrors } from "../errors.ts";
import { pinImages } from "../image/pin-images.ts";
import { readManifest } from "../manifest/read-manifest.ts";

interface Input {
  readonly args: { readonly pod: string; readonly manifest: string };
  readonly options: {
    readonly secret: readonly string[];
    readonly policy: string | undefined;
    readonly wait: boolean;
  };
}

/** Runs `apoc pod update`. */
export async function run(ctx: Context, { args, options }: Input): RunResult {
  const store = openDeployments(ctx.config.dataDirectory);
  const deployment = await store.get(args.pod);
  const { id, terms } = deployment;
  const loaded = await readManifest(ctx, args.manifest, options.secret);
  const chain = await openDeploymentChain(ctx, deployment);
  const wallet = await openDeploymentWallet(ctx, deployment);
  const provider = await attestProvider(ctx, {
    url: deployment.providerUrl,
    policy: options.policy,
    expect: { chainId: chain.chainId, provider: terms.header.provider },
  });
  try {
    const { platform, prices } = await provider.client.info();
    const named = { ...loaded.manifest, name: deployment.name };
    const { manifest, images } = await pinImages(ctx, named, platform);
    for (const image of images.values()) {
      const digest = digestToBytes32(image.digest);
      if (image.license !== undefined && !terms.payees.some(({ imageDigest }) => imageDigest === digest)) {
        throw new ApocError(publisherErrors.PAYEES_CHANGED, {
          field: image.named,
          expected: `a payee for ${image.digest}`,
          next: { action: "close-pod", subject: deployment.name },
        });
      }
    }
    const rate = executionRate(manifest, prices);
    if (rate > terms.header.maxExecRate) {
      throw new ApocError(publisherErrors.PAYEES_CHANGED, {
        field: "resources",
        expected: `an execution rate of at most ${terms.header.maxExecRate}`,
        actual: String(rate),
        next: { action: "close-pod", subject: deployment.name },
      });
    }
    const sealed =
      loaded.secrets.size === 0
        ? {}
        : { secrets: await sealSecrets(loaded.secrets, id, provider.wrappingKey) };
    const body = encodePodRequest({ version: 1, channel: terms, manifest, grants: [], ...sealed });
    const context = { chain, account: wallet.account, client: provider.client, signal: ctx.signal };
    const accepted = await putPod(context, deployment, "update", body);
    const updated: Deployment = {
      ...deployment,
      manifest,
      state: "deployed",
      tlsKey: toBase64(provider.tlsKey),
      wrappingKey: toBase64(provider.wrappingKey),
    };
    await store.save(updated);
    ctx.ui.step("Admitted", `by ${new URL(provider.url).host}`);
    const status = options.wait === false ? accepted : await waitUntilRunning(context, updated, accepted);
    const address = status.address ?? deployment.address;
    ctx.output.result(
      { name: deployment.name, id, address: address ?? null, state: status.state },
      `${deployment.name}  ${id}  ${address ?? "-"}`,
    );
  } finally {
    await provider.close();
  }
}
