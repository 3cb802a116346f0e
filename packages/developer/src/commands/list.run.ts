import type { Context, RunResult } from "@apoc/terminal";
import { listGrants } from "../grants/grant-store.ts";
import { listImageKeys } from "../keys/image-key-store.ts";

/** Runs `apoc dev list`. */
export async function run(ctx: Context): RunResult {
  const keys = await listImageKeys(ctx.config.dataDirectory);
  const rows = await Promise.all(
    keys.map(async (record) => ({
      reference: `${record.repository}@${record.image}`,
      tag: record.tag,
      createdAt: record.createdAt,
      grants: new Set(
        (await listGrants(ctx.config.dataDirectory, record.image)).map(({ providerKeyId }) => providerKeyId),
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
}
