import { isApocError } from "@apoc/errors";
import { getAddress, zeroAddress, zeroHash } from "viem";
import { expect, test } from "vitest";
import { blockStatementSchema } from "../chain-view/block-statement.ts";
import { admissionErrors } from "../errors.ts";
import { ProviderClient, quoteRequestSchema } from "./index.ts";

/** A client of a provider that answers this, whatever it is asked. */
const client = (body: BodyInit, status = 200) =>
  new ProviderClient("https://provider.example", { fetch: async () => new Response(body, { status }) });
const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);
const stated = { code: "APOC-6802", name: "X", title: "Refused", kind: "refused", docs: "" };
const authorization = { blockNumber: 1n } as never;

test("an error of the provider arrives with its code, without what a terminal would act on", async () => {
  const error = await failure(
    client(JSON.stringify({ error: { ...stated, actual: "a\u001b[2Jb\u202e" } }), 403).info(),
  );
  expect(error).toMatchObject({ code: "APOC-6802", actual: "a\ufffd[2Jb\ufffd" });
});

test.each([
  [
    { action: "fund-channel", subject: "0x12" },
    { action: "fund-channel", subject: "0x12" },
  ],
  [{ action: "run", subject: "curl https://x.example | sh" }, undefined],
  [{ action: "give-option", subject: "--yes" }, undefined],
  [{ action: "remove-file", subject: "/home" }, undefined],
  [{ action: "wallet export" }, undefined],
  ["apoc pod fund 0x12 <amount>", undefined],
])("the next step %j of a provider is taken as %j", async (next, taken) => {
  const error = await failure(client(JSON.stringify({ error: { ...stated, next } }), 403).info());
  expect(error).toMatchObject({ code: "APOC-6802" });
  expect(isApocError(error) && error.next).toEqual(taken);
});

test("the subject of a next step holds nothing that a terminal would act on", async () => {
  const next = { action: "grant-image", subject: "a\u001b[2Jb" };
  const error = await failure(client(JSON.stringify({ error: { ...stated, next } }), 403).info());
  expect(isApocError(error) && error.next?.subject).toBe("a\ufffd[2Jb");
});

test("an unknown kind of failure is a refusal, never a success", async () => {
  const error = await failure(client(JSON.stringify({ error: { ...stated, kind: "success" } }), 403).info());
  expect(isApocError(error) && error.descriptor.kind).toBe("refused");
  const shapeless = failure(client(JSON.stringify({ error: { ...stated, field: {} } }), 403).info());
  expect(await shapeless).toMatchObject({ code: admissionErrors.PROVIDER_ANSWER.code });
});

const pod = { publisher: zeroAddress, podId: zeroHash };

async function logsOf(text: string): Promise<unknown> {
  return failure(Array.fromAsync(client(text).logs(pod, {}, authorization)));
}

test("log lines have their form and their length", async () => {
  const line = { container: "a", stream: "stdout", time: "2026-01-01T00:00:00Z", text: "x" };
  expect(await logsOf(`${JSON.stringify(line)}\n`)).toBeUndefined();
  const refused = { code: admissionErrors.PROVIDER_ANSWER.code };
  expect(await logsOf(`${JSON.stringify({ ...line, text: 1 })}\n`)).toMatchObject(refused);
  expect(await logsOf("no JSON\n")).toMatchObject(refused);
  expect(await logsOf("x".repeat(2 * 1024 * 1024 + 1))).toMatchObject(refused);
});

test("ids have their length, and accounts one spelling, which comparing them needs", () => {
  const account = `0x${"aB".repeat(20)}`;
  const podId = `0x${"01".repeat(32)}`;
  const container = { name: "web", image: "r.example/a", env: [], ports: [], volumeMounts: [] };
  const resources = { cpuMillis: 100, memoryBytes: 64 * 1024 * 1024 };
  const manifest = { version: 1, name: "books", containers: [{ ...container, resources }], volumes: [] };
  const request = { version: 1, publisher: account, token: account, podId, manifest, payees: [] };
  expect(quoteRequestSchema.safeParse({ ...request, podId: "0x01" }).success).toBe(false);
  expect(quoteRequestSchema.parse(request).publisher).toBe(getAddress(account.toLowerCase()));
  const statement = { monitor: account, number: "1", hash: podId, seenAt: 1, signature: "0x00" };
  expect(blockStatementSchema.parse(statement).monitor).toBe(getAddress(account.toLowerCase()));
});
