import { expect, test } from "vitest";
import { sha256, stringToBytes } from "viem";
import { fetchListingBody } from "./fetch-body.ts";
import {
  type AppBody,
  encodeListingBody,
  inlineBody,
  type ListingBody,
  listingBodyLimit,
  parseListingBody,
  type ProviderBody,
} from "./listing-body.ts";

const app: AppBody = {
  version: 1,
  kind: "app",
  name: "Ledger",
  summary: "Keeps books.",
  images: [
    {
      reference: `registry.example/ada/ledger@sha256:${"ab".repeat(32)}`,
      licenseHash: `0x${"01".repeat(32)}`,
    },
  ],
};
const provider: ProviderBody = {
  version: 1,
  kind: "provider",
  name: "Sofia",
  summary: "Two racks.",
  url: "https://sofia.example",
  address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
};
const text = (value: unknown) => stringToBytes(JSON.stringify(value));
const revision = (uri: string, bytes: Uint8Array) => ({ revision: 1, uri, body: sha256(bytes) });

test.each<[ListingBody]>([[app], [provider], [{ ...app, website: "https://ledger.example" }]])(
  "a body is read back from its data URI: %j",
  async (value) => {
    const { bytes, hash, uri } = encodeListingBody(value);
    expect(inlineBody(uri)).toEqual(bytes);
    expect(await fetchListingBody({ revision: 1, uri, body: hash }, value.kind)).toEqual(value);
    await expect(
      fetchListingBody({ revision: 1, uri, body: hash }, value.kind === "app" ? "provider" : "app"),
    ).rejects.toMatchObject({ code: "APOC-4101", field: "kind" });
  },
);

test("a body that is not the one of the chain is refused before it is parsed", () => {
  expect(() => parseListingBody(text(app), `0x${"00".repeat(32)}`, "app")).toThrow(
    expect.objectContaining({ code: "APOC-4102" }),
  );
});

test.each([
  ["an unknown member", { ...app, rank: 1 }, ""],
  ["a line break in the name", { ...app, name: "Led\nger" }, "name"],
  ["an escape sequence", { ...app, summary: "\u001b[2J" }, "summary"],
  ["a change of direction", { ...app, name: "Led\u202eger" }, "name"],
  ["no image", { ...app, images: [] }, "images"],
  [
    "an image by tag",
    { ...app, images: [{ ...app.images[0], reference: "r.example/a:1" }] },
    "images.0.reference",
  ],
  ["a script as URL", { ...provider, url: "javascript:alert(1)" }, "url"],
  ["an address in lower case", { ...provider, address: provider.address.toLowerCase() }, "address"],
  ["another version", { ...provider, version: 2 }, "version"],
])("refused: %s", (_, value, field) => {
  const bytes = text(value);
  expect(() => parseListingBody(bytes, sha256(bytes), "app")).toThrow(
    expect.objectContaining({ code: "APOC-4101", field }),
  );
});

test("https is asked only where that is wanted, with bounds, and nothing else is", async () => {
  const bytes = text(app);
  const asked: unknown[] = [];
  const answering = (answer: () => Response) => ({
    remote: true,
    fetch: async (uri: unknown) => {
      asked.push(uri);
      return answer();
    },
  });
  const at = revision("https://body.example/1", bytes);
  await expect(fetchListingBody(at, "app")).rejects.toMatchObject({ code: "APOC-4103" });
  expect(
    await fetchListingBody(
      at,
      "app",
      answering(() => new Response(bytes.slice())),
    ),
  ).toEqual(app);
  const refuse = (uri: string, answer: () => Response) =>
    expect(fetchListingBody(revision(uri, bytes), "app", answering(answer))).rejects;
  await refuse(at.uri, () => new Response(text(provider).slice())).toMatchObject({ code: "APOC-4102" });
  await refuse(at.uri, () => new Response("", { status: 404 })).toMatchObject({ code: "APOC-4103" });
  await refuse(at.uri, () => new Response("x".repeat(listingBodyLimit + 1))).toMatchObject({
    code: "APOC-4103",
  });
  expect(asked).toHaveLength(4);
  for (const uri of ["http://body.example/1", "file:///etc/passwd", "data:text/html,x", "nonsense"]) {
    await refuse(uri, () => new Response(bytes.slice())).toMatchObject({ code: "APOC-4103" });
  }
  expect(asked).toHaveLength(4);
});
