import {
  type Algorithm,
  closing,
  digestOf,
  type Expected,
  freshBlob,
  type PointGroup,
  type Session,
} from "./distribution-session.ts";
import { chunked, octets, postOnly, postPut, stream, type Upload, type Way } from "./distribution-uploads.ts";

const ways: readonly [name: string, size: number, way: Way][] = [
  ["end-4b post only", 512, postOnly],
  ["end-6 post and put", 512, postPut],
  ["end-5 one chunk", 512, chunked({ count: 1 })],
  ["end-5 stream", 512, stream],
  ["end-5 three chunks", 3067, chunked({ count: 3 })],
  ["end-5 three chunks, the last in the put", 3067, chunked({ count: 3, lastInPut: true })],
  ["end-5 chunks out of order", 3067, chunked({ count: 3, disordered: true })],
  ["end-5 chunks out of order, put", 3067, chunked({ count: 3, disordered: true, lastInPut: true })],
];

/** A blob is there, whole, by HEAD and GET. */
async function readable(session: Session, name: string, { bytes, digest }: Upload): Promise<void> {
  const headers = { "content-length": `${bytes.length}`, "docker-content-digest": digest };
  await session.point(`end-2 HEAD: ${name}`, () =>
    session.ask("HEAD", session.blob(digest), { status: 200, headers, body: new Uint8Array(0) }),
  );
  await session.point(`end-2 GET: ${name}`, () =>
    session.ask("GET", session.blob(digest), { status: 200, headers, body: bytes }),
  );
}

async function removed(
  session: Session,
  name: string,
  digest: string,
  repository = session.repository,
): Promise<void> {
  const path = session.blob(digest, repository);
  await session.point(`end-10 DELETE: ${name}`, () => session.ask("DELETE", path, { status: 202 }));
  await session.point(`end-2 HEAD after DELETE: ${name}`, () => session.ask("HEAD", path, { status: 404 }));
}

function uploads(algorithm: Algorithm): PointGroup[] {
  return ways.map(([name, size, way]) => ({
    name: `${algorithm} ${name}`,
    run: async (session) => {
      const title = `${algorithm} ${name}`;
      const blob = freshBlob(size, algorithm);
      await session.point(title, () => way(session, blob));
      await readable(session, title, blob);
      await removed(session, title, blob.digest);
    },
  }));
}

/** Bytes that do not have the digest are refused, by whichever way they come, and are not there afterwards. */
function badDigests(algorithm: Algorithm): PointGroup {
  return {
    name: `${algorithm} bytes of another digest`,
    run: async (session) => {
      for (const [name, size, way] of ways.slice(0, 6)) {
        const { bytes, digest } = freshBlob(size, algorithm);
        const upload = { bytes: Buffer.concat([bytes, Buffer.from("more")]), digest, bad: true };
        await session.point(`${algorithm} wrong digest: ${name}`, () => way(session, upload));
        await session.point(`end-2 after a wrong digest: ${algorithm} ${name}`, () =>
          session.ask("HEAD", session.blob(digest), { status: 404 }),
        );
      }
    },
  };
}

function mounts(algorithm: Algorithm): PointGroup {
  const mount = async (
    session: Session,
    { bytes, digest }: Upload,
    from: string | undefined,
  ): Promise<void> => {
    const query = `?mount=${digest}${from === undefined ? "" : `&from=${from}`}`;
    const headers = { "docker-content-digest": digest };
    const answer = await session.ask("POST", session.uploads(query), { status: 201, headers });
    await session.askLocation(answer.location, bytes);
  };
  return {
    name: `${algorithm} mounts`,
    run: async (session) => {
      for (const [name, named] of [
        ["from a repository", true],
        ["from anywhere", false],
      ] as const) {
        const blob = freshBlob(512, algorithm);
        const title = `${algorithm} mount ${name}`;
        await session.point(`end-6 before: ${title}`, () =>
          postPut(session, { ...blob, repository: session.other }),
        );
        await session.point(`end-11 ${title}`, () => mount(session, blob, named ? session.other : undefined));
        await readable(session, title, blob);
        await removed(session, title, blob.digest);
        await removed(session, `${title}, origin`, blob.digest, session.other);
      }
      const blob = freshBlob(512, algorithm);
      const title = `${algorithm} mount of what is nowhere`;
      const query = `?mount=${blob.digest}&from=${session.other}`;
      const begun = await session.point(`end-11 ${title}`, () =>
        session.ask("POST", session.uploads(query), { status: 202 }),
      );
      await session.point(`end-6 ${title}`, () =>
        session.ask(
          "PUT",
          closing(begun?.location ?? "", blob.digest),
          { status: 201 },
          {
            body: blob.bytes,
            headers: octets,
          },
        ),
      );
      await readable(session, title, blob);
      await removed(session, title, blob.digest);
    },
  };
}

function ranges(algorithm: Algorithm): PointGroup {
  return {
    name: `${algorithm} ranges`,
    run: async (session) => {
      const { bytes, digest } = freshBlob(2048, algorithm);
      await session.point(`end-6 before: ${algorithm} ranges`, () => postPut(session, { bytes, digest }));
      const cases: readonly [range: string, expected: Expected][] = [
        ["500-1499", part(500, 1499)],
        ["500-", part(500, 2047)],
        ["-500", part(1548, 2047)],
        ["2000-5000", part(2000, 2047)],
        ["500-0", { status: 416 }],
        ["5000-10000", { status: 416 }],
      ];
      function part(start: number, end: number): Expected {
        const headers = {
          "content-length": `${end - start + 1}`,
          "content-range": `bytes ${start}-${end}/2048`,
        };
        return { status: 206, headers, body: bytes.subarray(start, end + 1) };
      }
      for (const [range, expected] of cases) {
        await session.point(`end-2 ${algorithm} range ${range}`, () =>
          session.ask("GET", session.blob(digest), expected, { headers: { range: `bytes=${range}` } }),
        );
      }
      await removed(session, `${algorithm} ranges`, digest);
    },
  };
}

function wellKnown(algorithm: Algorithm): PointGroup {
  return {
    name: `${algorithm} well-known contents`,
    run: async (session) => {
      for (const text of ["", "{}"]) {
        const bytes = Buffer.from(text);
        const digest = digestOf(bytes, algorithm);
        const title = `${algorithm} ${text === "" ? "empty blob" : "empty JSON"}`;
        await session.point(`end-6 ${title}`, () => postPut(session, { bytes, digest }));
        await readable(session, title, { bytes, digest });
        await removed(session, title, digest);
      }
    },
  };
}

function others(algorithm: Algorithm): PointGroup {
  return {
    name: `${algorithm} what is not there, and what is given up`,
    run: async (session) => {
      const { digest } = freshBlob(512, algorithm);
      for (const method of ["GET", "HEAD", "DELETE"]) {
        await session.point(`end-2, end-10 ${method} of no ${algorithm} blob`, () =>
          session.ask(method, session.blob(digest), { status: 404 }),
        );
      }
      const query = algorithm === "sha256" ? "" : `?digest-algorithm=${algorithm}`;
      const begun = await session.point(`end-4c POST for ${algorithm}`, () =>
        session.ask("POST", session.uploads(query), { status: 202 }),
      );
      const location = begun?.location ?? "";
      await session.point(`end-13 GET of an upload, ${algorithm}`, () =>
        session.ask("GET", location, { status: 204 }),
      );
      await session.point(`end-14 DELETE of an upload, ${algorithm}`, () =>
        session.ask("DELETE", location, { status: 204 }),
      );
      await session.point(`end-13 GET of an upload given up, ${algorithm}`, () =>
        session.ask("GET", location, { status: 404 }),
      );
    },
  };
}

/** All points about blobs, for both registered algorithms. */
export const blobGroups: readonly PointGroup[] = (["sha256", "sha512"] as const).flatMap((algorithm) => [
  ...uploads(algorithm),
  badDigests(algorithm),
  mounts(algorithm),
  ranges(algorithm),
  wellKnown(algorithm),
  others(algorithm),
]);
