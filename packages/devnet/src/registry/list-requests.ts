import { type Descriptor, isDigest, mediaTypes } from "@apoc/oci";
import { type Answer, json, refuse } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { readRecord } from "./manifest-requests.ts";

/** GET `/v2/<name>/tags/list`, in order, in pages by `n` and `last`. */
export async function listTags({ state, repository, url }: Exchange): Promise<Answer> {
  if (!state.links.knows(repository)) return refuse("NAME_UNKNOWN", "no such repository");
  const last = url.searchParams.get("last");
  const count = url.searchParams.get("n");
  let tags = state.links.names(repository, "tags");
  if (last !== null) tags = tags.filter((tag) => tag > last);
  if (count === null || !/^\d{1,9}$/.test(count) || tags.length <= Number(count)) {
    return json(200, { name: repository, tags });
  }
  const page = tags.slice(0, Number(count));
  const end = page.at(-1);
  const next = `/v2/${repository}/tags/list?n=${count}&last=${encodeURIComponent(end ?? "")}`;
  return json(
    200,
    { name: repository, tags: page },
    end === undefined ? {} : { link: `<${next}>; rel="next"` },
  );
}

/** Entries of one page of a referrers list: an index of so many stays below the 4 MiB that clients read. */
const referrersPage = 500;

/**
 * GET `/v2/<name>/referrers/<digest>`: an index of the manifests with that `subject`, empty when there is none; long
 * lists in pages that a `Link` header connects.
 */
export async function listReferrers(exchange: Exchange): Promise<Answer> {
  const { state, repository, reference, url } = exchange;
  if (!isDigest(reference)) return refuse("DIGEST_INVALID", "digest must be sha256 or sha512");
  const wanted = url.searchParams.get("artifactType");
  const last = url.searchParams.get("last") ?? "";
  const manifests: Descriptor[] = [];
  let more = false;
  for (const digest of state.links.names(repository, "manifests")) {
    if (digest <= last) continue;
    const record = readRecord(exchange, digest);
    if (record?.subject !== reference) continue;
    if (wanted !== null && record.entry.artifactType !== wanted) continue;
    more = manifests.length === referrersPage;
    if (more) break;
    manifests.push(record.entry);
  }
  const next = new URLSearchParams(wanted === null ? {} : { artifactType: wanted });
  next.set("last", manifests.at(-1)?.digest ?? "");
  const link = `</v2/${repository}/referrers/${reference}?${next}>; rel="next"`;
  return json(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.index, manifests },
    {
      "content-type": mediaTypes.index,
      ...(wanted === null ? {} : { "oci-filters-applied": "artifactType" }),
      ...(more ? { link } : {}),
    },
  );
}
