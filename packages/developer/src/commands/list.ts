import { defineCommand } from "@apoc/terminal";

/** `apoc dev list`: what was published from this data folder. */
export const command = defineCommand({
  async run(ctx) {
    // Loaded here so that help needs none of it.
    const [{ listGrants }, { listImageKeys }] = await Promise.all([
      import("../grants/grant-store.ts"),
      import("../keys/image-key-store.ts"),
    ]);
    const keys = await listImageKeys(ctx.config.dataDirectory);
    const rows = await Promise.all(
      keys.map(async (record) => ({
        reference: `${record.repository}@${record.image}`,
        tag: record.tag,
        createdAt: record.createdAt,
        grants: new Set(
          (await listGrants(ctx.config.dataDirectory, record.image)).map(
            ({ providerKeyId }) => providerKeyId,
          ),
        ).size,
      })),
    );
    ctx.output.result(rows, ({ table }) =>
      table(rows, [
        { title: "IMAGE", value: ({ reference }) => reference },
        { title: "TAG", value: ({ tag }) => tag },
        { title: "GRANTS", value: ({ grants }) => String(grants), align: "right" },
        { title: "PUBLISHED", value: ({ createdAt }) => createdAt.slice(0, 19) },
      ]),
    );
  },
});
