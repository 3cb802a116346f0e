import { ApocError } from "@apoc/errors";
import { defineCommand } from "@apoc/terminal";
import { type Deployment } from "../deployment/record.ts";
import { publisherErrors } from "../errors.ts";

/** `apoc pod update`: another manifest on the same channel. */
export const command = defineCommand({
  description:
    "Runs another manifest on the channel that is there. It must pay for every licensed image and for the resources of\n" +
    "the new manifest; otherwise close the pod and deploy anew. All admission checks run again.",
  args: {
    pod: { syntax: "<pod>", description: "name, id, or the beginning of an id" },
    manifest: { syntax: "<pod.yaml>", description: "pod manifest, - for stdin" },
  },
  options: {
    secret: {
      flags: "--secret <name=@file>",
      description: "a secret that the manifest names",
      multiple: true,
    },
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    wait: { flags: "--no-wait", description: "return once the provider has taken the pod" },
  },
  examples: [{ text: "Change a pod", command: "apoc pod update books pod.yaml" }],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { toBase64 },
      { digestToBytes32, encodePodRequest, executionRate, sealSecrets },
      { attestProvider },
      { putPod, waitUntilRunning },
      { openDeploymentChain, openDeploymentWallet },
      { openDeployments },
      { pinImages },
      { readManifest },
    ] = await Promise.all([
      import("@apoc/attestation"),
      import("@apoc/core"),
      import("@apoc/terminal/attestation"),
      import("../deployment/provision.ts"),
      import("../deployment/open-deployment.ts"),
      import("../deployment/store.ts"),
      import("../image/pin-images.ts"),
      import("../manifest/read-manifest.ts"),
    ]);
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
            hint: `apoc pod close ${deployment.name}`,
          });
        }
      }
      const rate = executionRate(manifest, prices);
      if (rate > terms.header.maxExecRate) {
        throw new ApocError(publisherErrors.PAYEES_CHANGED, {
          field: "resources",
          expected: `an execution rate of at most ${terms.header.maxExecRate}`,
          actual: String(rate),
          hint: `apoc pod close ${deployment.name}`,
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
  },
});
