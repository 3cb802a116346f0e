import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningRegistry, serveRegistry } from "@apoc/devnet/registry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobGroups } from "./distribution-blobs.ts";
import { manifestGroups } from "./distribution-manifests.ts";
import { type Outcome, Session } from "./distribution-session.ts";
import { type DockerRegistry, dockerRegistryPresent, startDockerRegistry } from "../peers/docker-registry.ts";

const groups = [...manifestGroups(), ...blobGroups];

async function run(url: string, group: (typeof groups)[number], i: number): Promise<Outcome[]> {
  const session = new Session(url, `conformance/r${i}`, `conformance/other${i}`);
  await group.run(session);
  return session.outcomes;
}

// distribution-spec 1.1, endpoint by endpoint, for each way to push and each kind of content.
describe.each(["memory", "folder"])("the registry in %s", (kind) => {
  let registry: RunningRegistry;
  let directory: string;
  let points = 0;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "apoc-distribution-"));
    registry = await serveRegistry(kind === "folder" ? { dir: directory } : {});
  });
  afterAll(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  test.each(groups.map((group, i) => ({ group, i, name: group.name })))("$name", async ({ group, i }) => {
    const outcomes = await run(registry.url, group, i);
    points += outcomes.length;
    expect(outcomes.filter(({ failure }) => failure !== undefined)).toEqual([]);
  });

  test("no clause was left out", () => {
    expect(points).toBeGreaterThanOrEqual(900);
  });

  test("an image manifest may come before its blobs where that is allowed", async () => {
    const sparse = await serveRegistry({ sparse: true });
    try {
      const bytes = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          config: {
            mediaType: "application/vnd.oci.image.config.v1+json",
            digest: `sha256:${"1".repeat(64)}`,
            size: 2,
          },
          layers: [],
        }),
      );
      const put = (url: string) =>
        fetch(new URL("/v2/a/manifests/v1", url), {
          method: "PUT",
          body: bytes,
          headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
        });
      expect([(await put(sparse.url)).status, (await put(registry.url)).status]).toEqual([201, 404]);
    } finally {
      await sparse.close();
    }
  });
});

describe.runIf(await dockerRegistryPresent())("Debian's docker-registry", () => {
  let registry: DockerRegistry;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "apoc-distribution-"));
    registry = await startDockerRegistry(directory);
  });
  afterAll(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("the list separates what it cannot do from what it can", { timeout: 300_000 }, async () => {
    const outcomes: Outcome[] = [];
    for (const [i, group] of groups.entries())
      outcomes.push(...(await run(`http://${registry.host}`, group, i)));
    const failed = outcomes.filter(({ failure }) => failure !== undefined).map(({ point }) => point);
    process.stderr.write(
      `distribution-spec, docker-registry: ${outcomes.length} points, ${failed.length} fail\n`,
    );
    for (const point of [
      "end-1 GET /v2/",
      "end-7a PUT manifest by tag: image",
      "sha256 end-5 three chunks",
    ]) {
      expect(failed).not.toContain(point);
    }
    for (const point of [
      "end-12a referrers of nothing",
      "sha512 end-6 post and put",
      "sha256 end-5 chunks out of order",
      "end-2 sha256 range 500-0",
    ]) {
      expect(failed).toContain(point);
    }
  });
});
