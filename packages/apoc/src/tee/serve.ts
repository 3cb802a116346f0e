import { join, resolve } from "node:path";
import { defineCommand, writeFileAtomic } from "@apoc/terminal";
import { untilAborted } from "../listen.ts";

/** `apoc tee serve` */
export const command = defineCommand({
  description: `
Issues attestation reports of the real structure under a root of its own. It protects nothing: whoever runs it reads
everything. Only a trust policy that says \`development: true\` and names the root's fingerprint accepts it; such a
policy is written to trust-policy.yaml in the folder. Ends on Ctrl-C.`,
  options: {
    dir: { flags: "--dir <dir>", description: "folder of the root; default: tee in the data folder" },
    socket: { flags: "--socket <path>", description: "unix socket; default: tee.sock in the folder" },
  },
  examples: [{ text: "A root that lasts from run to run", command: "apoc tee serve --dir tee" }],
  async run(ctx, { options }) {
    // Loaded here so that help needs none of it.
    const { createDevelopmentRoot, developmentTrustPolicy, serveDevelopmentTee } = await import(
      "@apoc/devnet/tee"
    );
    const dir =
      options.dir === undefined ? join(ctx.config.dataDirectory, "tee") : resolve(ctx.cwd, options.dir);
    const socketPath =
      options.socket === undefined ? join(dir, "tee.sock") : resolve(ctx.cwd, options.socket);
    ctx.ui.warn(
      "DEVELOPMENT TEE. Nothing is confidential here: memory, keys and images are open to this machine's owner.\n" +
        "Never give a real license or secret to a provider that runs on it.",
    );
    const root = await createDevelopmentRoot({ dir });
    const trustPolicy = join(dir, "trust-policy.yaml");
    await writeFileAtomic(trustPolicy, developmentTrustPolicy(root), 0o644);
    const served = await serveDevelopmentTee({ root, socketPath });
    const value = { socket: served.socketPath, rootSha256: root.sha256, trustPolicy };
    ctx.ui.step("Root", `${root.sha256}, for development only`);
    ctx.ui.step("Trust policy", trustPolicy);
    ctx.output.line(value, served.socketPath);
    await untilAborted(ctx.signal);
    await served.close();
  },
});
