import { resolve } from "node:path";
import { defineCommand, parseDuration, writeNewFile } from "@apoc/terminal";
import { developerErrors } from "../errors.ts";

/** `apoc dev attest`: docs/spec/evidence.md, "Record". */
export const command = defineCommand({
  description:
    "Sends a fresh nonce, verifies the answer against your trust policy over the TLS key that the evidence binds, and\n" +
    "keeps a record signed with your wallet. Exits 3, and keeps nothing, where the evidence does not hold.",
  args: { provider: { syntax: "<provider-url>", description: "https://HOST[:PORT]" } },
  options: {
    policy: { flags: "--policy <file>", description: "trust policy instead of the configured one" },
    out: { flags: "--out <file>", description: "new file to write the record to as well" },
    push: {
      flags: "--push <repository>",
      description: "publish the record here too, for others to find by the provider's key",
    },
    maxAge: {
      flags: "--max-age <time>",
      description: "shorten the validity of the record, such as 24h",
      parse: parseDuration,
    },
  },
  examples: [
    { text: "Attest a provider", command: "apoc dev attest https://provider.example --policy trust.yaml" },
  ],
  async run(ctx, { args, options }) {
    // Loaded here so that help needs none of it.
    const [
      { attestProvider },
      { openWallet },
      { selectNetwork },
      { makeRecord },
      { recordText, saveRecord },
      { publishRecord },
    ] = await Promise.all([
      import("@apoc/terminal/attestation"),
      import("@apoc/terminal/wallet"),
      import("@apoc/terminal/config"),
      import("../attestations/make-record.ts"),
      import("../attestations/record-store.ts"),
      import("../attestations/publish-record.ts"),
    ]);
    const network = await selectNetwork(ctx);
    const provider = await attestProvider(ctx, {
      url: args.provider,
      policy: options.policy,
      expect: { chainId: Number(network.chain.slice("eip155:".length)) },
      listChecks: true,
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
  },
});
