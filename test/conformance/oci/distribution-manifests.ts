import { freshBlob, type PointGroup, type Session } from "./distribution-session.ts";
import { type DataDocument, dataSets, DataSet } from "./distribution-data.ts";
import { chunked, octets, postOnly, postPut, stream } from "./distribution-uploads.ts";

const accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";

interface ReferrersList {
  schemaVersion: number;
  mediaType: string;
  manifests: { digest: string; artifactType?: string }[];
}

async function push(session: Session, { name, blobs, documents }: DataSet): Promise<void> {
  const ways = [postPut, postOnly, stream, chunked({ count: 3 })];
  let next = 0;
  for (const [digest, bytes] of blobs) {
    const way = ways[next++ % ways.length] ?? postPut;
    await session.point(`end-6 PUT blob: ${name}`, () => way(session, { bytes, digest }));
    // A way that the registry does not know must not fail what follows.
    if (session.outcomes.at(-1)?.failure !== undefined) {
      await postPut(session, { bytes, digest }).catch(() => undefined);
    }
  }
  for (const document of documents) {
    const { digest } = document.descriptor;
    for (const reference of document.tag === undefined ? [digest] : [digest, document.tag]) {
      const by = reference === digest ? "digest" : "tag";
      await session.point(`end-7a PUT manifest by ${by}: ${name}`, () => put(session, document, reference));
    }
  }
}

async function put(session: Session, document: DataDocument, reference: string): Promise<void> {
  const { bytes, descriptor, subject } = document;
  const headers = {
    "docker-content-digest": descriptor.digest,
    ...(subject === undefined ? {} : { "oci-subject": subject }),
  };
  const answer = await session.ask(
    "PUT",
    session.manifest(reference),
    { status: 201, headers },
    {
      body: bytes,
      headers: { "content-type": descriptor.mediaType },
    },
  );
  await session.askLocation(answer.location, bytes);
}

async function pull(session: Session, { name, documents, blobs }: DataSet): Promise<void> {
  for (const { bytes, descriptor, tag } of documents) {
    const { digest, mediaType, size } = descriptor;
    const headers = {
      "content-type": mediaType,
      "content-length": `${size}`,
      "docker-content-digest": digest,
    };
    for (const reference of tag === undefined ? [digest] : [tag, digest]) {
      const by = reference === digest ? "digest" : "tag";
      for (const method of ["HEAD", "GET"]) {
        const body = method === "HEAD" ? new Uint8Array(0) : bytes;
        await session.point(`end-3 ${method} manifest by ${by}: ${name}`, () =>
          session.ask(
            method,
            session.manifest(reference),
            { status: 200, headers, body },
            {
              headers: { accept },
            },
          ),
        );
      }
    }
  }
  for (const [digest, body] of blobs) {
    await session.point(`end-2 HEAD blob: ${name}`, () =>
      session.ask("HEAD", session.blob(digest), {
        status: 200,
        headers: { "content-length": `${body.length}` },
      }),
    );
    await session.point(`end-2 GET blob: ${name}`, () =>
      session.ask("GET", session.blob(digest), { status: 200, body }),
    );
  }
}

async function tagList(session: Session, query: string): Promise<{ tags: string[]; link: string | null }> {
  const path = `/v2/${session.repository}/tags/list${query}`;
  const { body, headers } = await session.ask("GET", path, { status: 200 });
  const { name, tags } = JSON.parse(body.toString()) as { name: string; tags: string[] };
  if (name !== session.repository) throw new Error(`name ${name}`);
  return { tags, link: headers.get("link") };
}

async function tags(session: Session, { name, documents }: DataSet): Promise<void> {
  const wanted = documents.flatMap(({ tag }) => tag ?? []);
  if (wanted.length === 0) return;
  const listed = await session.point(`end-8a tags: ${name}`, async () => {
    const list = await tagList(session, "");
    for (const tag of wanted) if (!list.tags.includes(tag)) throw new Error(`${tag} is not listed`);
    return list.tags;
  });
  const [first] = listed ?? [];
  if (listed === undefined || first === undefined) return;
  await session.point(`end-8b tags after one: ${name}`, async () => {
    const { tags: rest } = await tagList(session, `?last=${first}`);
    if (rest.join() !== listed.slice(1).join()) throw new Error(`${rest.join()} after ${first}`);
  });
  await session.point(`end-8b one tag: ${name}`, async () => {
    const { tags: page, link } = await tagList(session, "?n=1");
    if (page.join() !== first) throw new Error(`${page.join()}, not ${first}`);
    if (listed.length > 1 && link?.includes('rel="next"') !== true) throw new Error(`Link: ${link}`);
  });
}

async function referrers(session: Session, { name, documents }: DataSet): Promise<void> {
  const list = async (subject: string, query: string, headers: Record<string, string>) => {
    const path = `/v2/${session.repository}/referrers/${subject}${query}`;
    const type = { "content-type": "application/vnd.oci.image.index.v1+json" };
    const { body } = await session.ask("GET", path, { status: 200, headers: { ...type, ...headers } });
    const index = JSON.parse(body.toString()) as ReferrersList;
    if (index.schemaVersion !== 2 || index.mediaType !== type["content-type"]) throw new Error("no index");
    return index.manifests;
  };
  const same = (actual: unknown[], expected: unknown[]) => {
    const text = (entries: unknown[]) =>
      entries
        .map((entry) => canonical(entry))
        .sort()
        .join("\n");
    if (text(actual) !== text(expected)) throw new Error(`${text(actual)} is not ${text(expected)}`);
  };
  for (const subject of new Set(documents.flatMap((document) => document.subject ?? []))) {
    const entries = documents.filter((document) => document.subject === subject).map(({ entry }) => entry);
    await session.point(`end-12a referrers: ${name}`, async () => same(await list(subject, "", {}), entries));
    for (const type of new Set(entries.map(({ artifactType }) => String(artifactType)))) {
      await session.point(`end-12b referrers of one type: ${name}`, async () => {
        const query = `?artifactType=${encodeURIComponent(type)}`;
        const found = await list(subject, query, { "oci-filters-applied": "artifactType" });
        same(
          found,
          entries.filter(({ artifactType }) => artifactType === type),
        );
      });
    }
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Tags first, then what refers to others, then the rest: each is gone at once. */
async function remove(session: Session, { name, documents, blobs }: DataSet): Promise<void> {
  const gone = async (point: string, path: string) => {
    await session.point(`${point} DELETE: ${name}`, () => session.ask("DELETE", path, { status: 202 }));
    await session.point(`${point} after DELETE: ${name}`, () =>
      session.ask("HEAD", path, { status: 404 }, { headers: { accept } }),
    );
  };
  for (const { tag } of documents) if (tag !== undefined) await gone("end-9 tag", session.manifest(tag));
  for (const { descriptor } of documents.toReversed()) {
    await gone("end-9 manifest", session.manifest(descriptor.digest));
  }
  for (const digest of blobs.keys()) await gone("end-10 blob", session.blob(digest));
}

function errors(): PointGroup {
  return {
    name: "errors",
    run: async (session) => {
      const { digest } = freshBlob(64);
      for (const reference of [digest, "missing-tag"]) {
        const by = reference === digest ? "digest" : "tag";
        await session.point(`end-3 no manifest by ${by}`, async () => {
          const { body } = await session.ask("GET", session.manifest(reference), { status: 404 });
          const [error] = (JSON.parse(body.toString()) as { errors: { code: string }[] }).errors;
          if (!/^[A-Z_]+$/.test(error?.code ?? "")) throw new Error(`code ${error?.code}`);
        });
      }
      const set = new DataSet("bad digest");
      set.image();
      const [document] = set.documents as [DataDocument];
      for (const [blob, bytes] of set.blobs) await postPut(session, { bytes, digest: blob });
      const path = session.manifest("sha256:baddigeststring");
      const headers = { "content-type": document.descriptor.mediaType };
      await session.point("end-7a digest that is none", () =>
        session.ask("PUT", path, { status: 400 }, { body: document.bytes, headers }),
      );
      await session.point("end-3 digest that is none", () =>
        session.ask("GET", path, { status: [400, 404] }),
      );
      await session.point("end-7a manifest of another digest", () =>
        session.ask("PUT", session.manifest(digest), { status: 400 }, { body: document.bytes, headers }),
      );
      await session.point("end-6 digest that is none", () =>
        session.ask(
          "POST",
          session.uploads("?digest=sha256:x"),
          { status: 400 },
          {
            body: Buffer.from("x"),
            headers: octets,
          },
        ),
      );
    },
  };
}

function tagParameters(): PointGroup {
  return {
    name: "tags by the query",
    run: async (session) => {
      const set = new DataSet("tags by the query");
      set.image();
      const [{ bytes, descriptor }] = set.documents as [DataDocument];
      for (const [digest, blob] of set.blobs) await postPut(session, { bytes: blob, digest });
      const names = Array.from({ length: 10 }, (_, i) => `by-query-${i}`);
      const query = names.map((name) => `tag=${name}`).join("&");
      await session.point("end-7b PUT with tags", () =>
        session.ask(
          "PUT",
          `${session.manifest(descriptor.digest)}?${query}`,
          { status: 201, headers: { "oci-tag": names.join(", ") } },
          { body: bytes, headers: { "content-type": descriptor.mediaType } },
        ),
      );
      for (const name of names) {
        await session.point(`end-3 ${name}`, () =>
          session.ask("GET", session.manifest(name), { status: 200, body: bytes }, { headers: { accept } }),
        );
      }
    },
  };
}

const empty: PointGroup = {
  name: "before anything is there",
  run: async (session) => {
    await session.point("end-1 GET /v2/", () => session.ask("GET", "/v2/", { status: 200 }));
    await session.point("end-8a tags of nothing", () =>
      session.ask("GET", `/v2/${session.repository}/tags/list`, { status: [200, 404] }),
    );
    const headers = { "content-type": "application/vnd.oci.image.index.v1+json" };
    await session.point("end-12a referrers of nothing", () =>
      session.ask("GET", `/v2/${session.repository}/referrers/${freshBlob(8).digest}`, {
        status: 200,
        headers,
      }),
    );
  },
};

/** All points about manifests, tags and referrers: each kind of content is pushed, listed, pulled and deleted. */
export function manifestGroups(): PointGroup[] {
  const cycles = dataSets().map(
    (set): PointGroup => ({
      name: set.name,
      run: async (session) => {
        for (const step of [push, tags, pull, referrers, remove]) await step(session, set);
      },
    }),
  );
  return [empty, ...cycles, errors(), tagParameters()];
}
