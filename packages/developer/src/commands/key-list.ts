import { defineCommand } from "@apoc/terminal";

/** `apoc dev key list`. */
export const command = defineCommand({
  description: "Keys are encrypted at rest with the wallet; this list needs no password.",
  async run(ctx) {
    // Loaded here so that help needs none of it.
    const { listImageKeys } = await import("../keys/image-key-store.ts");
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
  },
});
