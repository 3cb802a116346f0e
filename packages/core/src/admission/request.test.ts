import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { requestLifetime } from "../api/request.ts";
import { now, otherHash, people } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("another account than the channel's publisher signs", async () => {
  expect(await refusals({ requestSigner: people.stranger })).toEqual({
    request: admissionErrors.REQUEST_SIGNATURE.code,
  });
});

test("a signed member is changed after signing", async () => {
  const refused = { request: admissionErrors.REQUEST_SIGNATURE.code };
  expect(await refusals({ authorization: (a) => ({ ...a, nonce: otherHash }) })).toEqual(refused);
  expect(await refusals({ authorization: (a) => ({ ...a, deadline: a.deadline + 1 }) })).toEqual(refused);
});

test("the signature is for another chain or contract", async () => {
  const refused = { request: admissionErrors.REQUEST_SIGNATURE.code };
  expect(await refusals({ request: { chainId: 1 } })).toEqual(refused);
  expect(await refusals({ request: { contract: people.stranger.address } })).toEqual(refused);
});

test("the request was signed for another provider", async () => {
  expect(await refusals({ request: { provider: people.stranger.address } })).toEqual({
    request: admissionErrors.REQUEST_PROVIDER.code,
  });
});

test("one byte of the body differs from what was signed", async () => {
  const flip = (body: Uint8Array) => body.map((byte, index) => (index === body.length - 2 ? byte ^ 1 : byte));
  expect(await refusals({ body: flip })).toEqual({ request: admissionErrors.REQUEST_BODY.code });
});

test("the nonce was used before", async () => {
  expect(await refusals({ usedNonces: "all" })).toEqual({ request: admissionErrors.REQUEST_NONCE.code });
});

test("the deadline is past, or too far away", async () => {
  const refused = { request: admissionErrors.REQUEST_DEADLINE.code };
  expect(await refusals({ request: { now: now - requestLifetime - 1 } })).toEqual(refused);
  expect(await refusals({ request: { now: now + 2 * requestLifetime + 1 } })).toEqual(refused);
  expect(await refusals({ request: { now: now - requestLifetime } })).toEqual({});
  expect(await refusals({ request: { now: now + 2 * requestLifetime } })).toEqual({});
});

test("the request was signed for another action or pod", async () => {
  const refused = { request: admissionErrors.REQUEST_ACTION.code };
  expect(await refusals({ request: { action: "delete" } })).toEqual(refused);
  expect(await refusals({ request: { pod: otherHash } })).toEqual(refused);
});
