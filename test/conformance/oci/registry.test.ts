import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeCanonicalJson, mediaTypes } from "@apoc/oci";
import { type RunningRegistry, serveRegistry } from "@apoc/devnet/registry";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// distribution-spec 1.1, request by request, in memory and in a folder.
describe.each(["memory", "folder"])("registry in %s", (kind) => {
  let registry: RunningRegistry;
  let directory: string;
  let repositories = 0;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "apoc-registry-"));
    registry = await serveRegistry(kind === "folder" ? { dir: directory } : {});
  });
  afterAll(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  const name = () => `repo/${kind}/${repositories++}`;
  const request = (method: string, path: string, init: RequestInit = {}) =>
    fetch(new URL(path, registry.url), { method, redirect: "manual", ...init });
  const put = async (repository: string, bytes: Uint8Array, algorithm = "sha256") => {
    const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
    expect((await request("POST", path, { body: Buffer.from(bytes) })).status).toBe(201);
    return { mediaType: mediaTypes.layerGzip, digest, size: bytes.length };
  };
  const putManifest = async (repository: string, reference: string, change: object = {}) => {
    const config = { ...(await put(repository, Buffer.from("{}"))), mediaType: mediaTypes.config };
    const bytes = encodeCanonicalJson({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config,
      layers: [await put(repository, Buffer.from("layer"))],
      ...change,
    });
    const headers = { "content-type": mediaTypes.manifest };
    const response = await request("PUT", `/v2/${repository}/manifests/${reference}`, {
      headers,
      body: Buffer.from(bytes),
    });
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    return { response, digest, size: bytes.length, bytes };
  };
  const code = async (response: Response) =>
    ((await response.json()) as { errors: { code: string }[] }).errors[0]?.code;

  test("end-1: the API exists", async () => {
    expect((await request("GET", "/v2/")).status).toBe(200);
  });

  test("end-2: a blob, whole, by HEAD, in ranges, and a missing one", async () => {
    const repository = name();
    const { digest } = await put(repository, Buffer.from("0123456789"));
    const path = `/v2/${repository}/blobs/${digest}`;
    const whole = await request("GET", path);
    expect([whole.status, whole.headers.get("docker-content-digest"), await whole.text()]).toEqual([
      200,
      digest,
      "0123456789",
    ]);
    const head = await request("HEAD", path);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "10"]);
    for (const [range, expected] of [
      ["bytes=2-4", "234"],
      ["bytes=7-", "789"],
      ["bytes=-2", "89"],
      ["bytes=8-100", "89"],
    ] as const) {
      const part = await request("GET", path, { headers: { range } });
      expect([part.status, await part.text()]).toEqual([206, expected]);
      expect(part.headers.get("content-range")).toMatch(/^bytes \d-9\/10$|^bytes 2-4\/10$/);
    }
    expect((await request("GET", path, { headers: { range: "bytes=10-" } })).status).toBe(416);
    const missing = await request("GET", `/v2/${repository}/blobs/sha256:${"0".repeat(64)}`);
    expect([missing.status, await code(missing)]).toEqual([404, "BLOB_UNKNOWN"]);
    expect((await request("GET", `/v2/${name()}/blobs/${digest}`)).status).toBe(404);
    expect((await request("GET", `/v2/${repository}/blobs/sha256:x`)).status).toBe(400);
  });

  test("end-4, end-6: POST then PUT, with a matching digest and one that does not match", async () => {
    const repository = name();
    const digest = `sha256:${createHash("sha256").update("abc").digest("hex")}`;
    for (const [body, status] of [
      ["abd", 400],
      ["abc", 201],
    ] as const) {
      const started = await request("POST", `/v2/${repository}/blobs/uploads/`);
      expect(started.status).toBe(202);
      const location = String(started.headers.get("location"));
      const ended = await request("PUT", `${location}?digest=${digest}`, { body });
      expect(ended.status).toBe(status);
      if (status === 201) expect(ended.headers.get("location")).toBe(`/v2/${repository}/blobs/${digest}`);
      else expect(await code(ended)).toBe("DIGEST_INVALID");
      expect((await request("PUT", `${location}?digest=${digest}`, { body })).status).toBe(404);
    }
  });

  test("end-5, end-13: chunks in order, out of order, with a wrong length, and the status of an upload", async () => {
    const repository = name();
    const started = await request("POST", `/v2/${repository}/blobs/uploads/`, {
      headers: { "content-length": "0" },
    });
    const location = String(started.headers.get("location"));
    const patch = (body: string, range: string) =>
      request("PATCH", location, { body, headers: { "content-range": range } });
    const first = await patch("0123", "0-3");
    expect([first.status, first.headers.get("range")]).toEqual([202, "0-3"]);
    expect((await patch("0123", "0-3")).status).toBe(416);
    expect((await patch("89", "8-9")).status).toBe(416);
    expect((await patch("45", "4-9")).status).toBe(413);
    const status = await request("GET", location);
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-3"]);
    expect((await patch("4567", "4-7")).status).toBe(202);
    const digest = `sha256:${createHash("sha256").update("0123456789").digest("hex")}`;
    const ended = await request("PUT", `${location}?digest=${digest}`, {
      body: "89",
      headers: { "content-range": "8-9" },
    });
    expect(ended.status).toBe(201);
    expect(await (await request("GET", `/v2/${repository}/blobs/${digest}`)).text()).toBe("0123456789");
  });

  test("end-14: a cancelled upload is gone", async () => {
    const started = await request("POST", `/v2/${name()}/blobs/uploads/`);
    const location = String(started.headers.get("location"));
    expect((await request("DELETE", location)).status).toBe(204);
    const gone = await request("GET", location);
    expect([gone.status, await code(gone)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });

  test("end-11: a blob is mounted from another repository, from any, or uploaded if no repository has it", async () => {
    const from = name();
    const { digest } = await put(from, Buffer.from(`mounted ${from}`));
    for (const query of [`mount=${digest}&from=${from}`, `mount=${digest}`]) {
      const repository = name();
      expect((await request("POST", `/v2/${repository}/blobs/uploads/?${query}`)).status).toBe(201);
      expect((await request("HEAD", `/v2/${repository}/blobs/${digest}`)).status).toBe(200);
    }
    const nowhere = `mount=${digest}&from=${name()}`;
    const started = await request("POST", `/v2/${name()}/blobs/uploads/?${nowhere}`);
    expect(started.status).toBe(202);
    expect((await request("DELETE", String(started.headers.get("location")))).status).toBe(204);
  });

  test("end-3, end-7: manifests by tag and digest, and what makes one invalid", async () => {
    const repository = name();
    const { response, digest, size, bytes } = await putManifest(repository, "v1");
    expect([response.status, response.headers.get("docker-content-digest")]).toEqual([201, digest]);
    for (const reference of ["v1", digest]) {
      const got = await request("GET", `/v2/${repository}/manifests/${reference}`);
      expect([got.status, got.headers.get("content-type")]).toEqual([200, mediaTypes.manifest]);
      expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
      const head = await request("HEAD", `/v2/${repository}/manifests/${reference}`);
      expect(head.headers.get("content-length")).toBe(`${size}`);
    }
    expect(await code(await request("GET", `/v2/${repository}/manifests/v2`))).toBe("MANIFEST_UNKNOWN");
    expect(await code(await request("GET", `/v2/${name()}/manifests/v1`))).toBe("NAME_UNKNOWN");
    const wrong = await putManifest(repository, `sha256:${"0".repeat(64)}`);
    expect([wrong.response.status, await code(wrong.response)]).toEqual([400, "DIGEST_INVALID"]);
    const absent = { mediaType: mediaTypes.layerGzip, digest: `sha256:${"1".repeat(64)}`, size: 1 };
    const missing = await putManifest(repository, "v2", { layers: [absent] });
    expect([missing.response.status, await code(missing.response)]).toEqual([404, "MANIFEST_BLOB_UNKNOWN"]);
    for (const change of [{ schemaVersion: 1 }, { layers: {} }, { mediaType: mediaTypes.index }]) {
      expect((await putManifest(repository, "v2", change)).response.status).toBe(400);
    }
    const large = await putManifest(repository, "v2", { annotations: { a: "x".repeat(4 * 1024 * 1024) } });
    expect(large.response.status).toBe(413);
    expect((await putManifest(repository, ".bad")).response.status).toBe(400);
  });

  test("an index may be sparse", async () => {
    const repository = name();
    const entry = { mediaType: mediaTypes.manifest, digest: `sha256:${"1".repeat(64)}`, size: 1 };
    const body = Buffer.from(
      encodeCanonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] }),
    );
    const headers = { "content-type": mediaTypes.index };
    expect((await request("PUT", `/v2/${repository}/manifests/v1`, { body, headers })).status).toBe(201);
  });

  test("SHA-512 for blobs and manifests", async () => {
    const repository = name();
    const { digest } = await put(repository, Buffer.from("long"), "sha512");
    expect(await (await request("GET", `/v2/${repository}/blobs/${digest}`)).text()).toBe("long");
    const { bytes } = await putManifest(repository, "v1");
    const long = `sha512:${createHash("sha512").update(bytes).digest("hex")}`;
    const stored = await request("PUT", `/v2/${repository}/manifests/${long}`, {
      body: Buffer.from(bytes),
      headers: { "content-type": mediaTypes.manifest },
    });
    expect([stored.status, stored.headers.get("docker-content-digest")]).toEqual([201, long]);
    expect((await request("GET", `/v2/${repository}/manifests/${long}`)).status).toBe(200);
  });

  test("end-8: tags in order and in pages", async () => {
    const repository = name();
    for (const tag of ["b", "a", "d", "c"]) await putManifest(repository, tag);
    const list = async (query: string) => {
      const response = await request("GET", `/v2/${repository}/tags/list${query}`);
      return { ...((await response.json()) as { tags: string[] }), link: response.headers.get("link") };
    };
    expect((await list("")).tags).toEqual(["a", "b", "c", "d"]);
    const page = await list("?n=2");
    expect([page.tags, page.link]).toEqual([
      ["a", "b"],
      `</v2/${repository}/tags/list?n=2&last=b>; rel="next"`,
    ]);
    expect(await list("?n=2&last=b")).toMatchObject({ tags: ["c", "d"], link: null });
    expect(await list("?n=0")).toMatchObject({ tags: [], link: null });
    expect((await request("GET", `/v2/${name()}/tags/list`)).status).toBe(404);
  });

  test("end-12: referrers, filtered and not, also of a missing subject", async () => {
    const repository = name();
    const subject = { mediaType: mediaTypes.manifest, digest: `sha256:${"2".repeat(64)}`, size: 5 };
    const a = await putManifest(repository, "a", {
      subject,
      artifactType: "application/a",
      annotations: { x: "y" },
    });
    const b = await putManifest(repository, "b", { subject });
    expect(a.response.headers.get("oci-subject")).toBe(subject.digest);
    const list = async (query: string) => {
      const response = await request("GET", `/v2/${repository}/referrers/${subject.digest}${query}`);
      expect([response.status, response.headers.get("content-type")]).toEqual([200, mediaTypes.index]);
      const { manifests } = (await response.json()) as {
        manifests: { digest: string; artifactType: string }[];
      };
      return { manifests, filters: response.headers.get("oci-filters-applied") };
    };
    const all = await list("");
    expect(all.manifests.map(({ digest }) => digest).sort()).toEqual([a.digest, b.digest].sort());
    expect(all.manifests.find(({ digest }) => digest === b.digest)?.artifactType).toBe(mediaTypes.config);
    const filtered = await list("?artifactType=application%2Fa");
    expect(filtered.filters).toBe("artifactType");
    expect(filtered.manifests).toMatchObject([{ digest: a.digest, annotations: { x: "y" } }]);
    expect((await request("GET", `/v2/${repository}/referrers/x`)).status).toBe(400);
  });

  test("end-9, end-10: tags, manifests and blobs are deleted", async () => {
    const repository = name();
    const { digest } = await putManifest(repository, "v1");
    await putManifest(repository, "v2");
    expect((await request("DELETE", `/v2/${repository}/manifests/v1`)).status).toBe(202);
    expect((await request("GET", `/v2/${repository}/manifests/v1`)).status).toBe(404);
    expect((await request("GET", `/v2/${repository}/manifests/${digest}`)).status).toBe(200);
    expect((await request("DELETE", `/v2/${repository}/manifests/${digest}`)).status).toBe(202);
    for (const reference of ["v2", digest]) {
      expect((await request("GET", `/v2/${repository}/manifests/${reference}`)).status).toBe(404);
    }
    expect((await request("DELETE", `/v2/${repository}/manifests/${digest}`)).status).toBe(404);
    const blob = await put(repository, Buffer.from(`deleted ${repository}`));
    expect((await request("DELETE", `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(202);
    expect((await request("HEAD", `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(404);
    expect((await request("DELETE", `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(404);
  });

  test("invalid names and paths are refused", async () => {
    for (const path of ["/v2/A/tags/list", "/v2/a..b/tags/list", "/v2/a%2f..%2fb/tags/list"]) {
      const response = await request("GET", path);
      expect([response.status, await code(response)]).toEqual([400, "NAME_INVALID"]);
    }
    expect((await request("GET", "/v2/a/unknown")).status).toBe(404);
    expect((await request("POST", "/v2/a/tags/list")).status).toBe(405);
  });

  test("nothing half-written remains in the folder", async () => {
    if (kind === "folder") expect(await readdir(join(directory, "uploads"))).toEqual([]);
    else expect(await readdir(directory)).toEqual([]);
  });
});

test("the registry listens on this machine only", async () => {
  await expect(serveRegistry({ listen: { host: "0.0.0.0" } })).rejects.toMatchObject({ code: "APOC-8401" });
});
