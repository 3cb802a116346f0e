import type { Context, RunResult } from "@apoc/terminal";
import { listImageKeys } from "../keys/image-key-store.ts";

/** Runs `apoc dev key list`. */
export async function run(ctx: Context): RunResult {
  const keys = await listImageKeys(ctx.config.dataDirectory);
  ctx.output.result(
    keys.map(({ image, repository, tag, config, developer, createdAt }) => ({
      image,
      repository,
      tag,
      config,
      developer,
      createdAt,
    })),
    ({ table }) =>
      table(keys, [
        { title: "IMAGE", value: ({ repository, image }) => `${repository}@${image}` },
        { title: "TAG", value: ({ tag }) => tag },
        { title: "DEVELOPER", value: ({ developer }) => developer },
        { title: "CREATED", value: ({ createdAt }) => createdAt.slice(0, 19) },
      ]),
  );
}
