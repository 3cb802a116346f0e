import { writeFileAtomic } from "@apoc/client/files";
import { join, resolve } from "node:path";
import { createDevelopmentRoot, developmentTrustPolicy, serveDevelopmentTee } from "@apoc/devnet/tee";
import { type Context, type RunResult } from "@apoc/terminal";
import { untilAborted } from "../listen.ts";

interface Input {
  readonly options: { readonly dir: string | undefined; readonly socket: string | undefined };
}

/** Runs `apoc tee serve`. */
export async function run(ctx: Context, { options }: Input): RunResult {
  const dir =
    options.dir === undefined ? join(ctx.config.dataDirectory, "tee") : resolve(ctx.cwd, options.dir);
  const socketPath = options.socket === undefined ? join(dir, "tee.sock") : resolve(ctx.cwd, options.socket);
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
}
