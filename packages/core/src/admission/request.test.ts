import { keccak256, stringToBytes } from "viem";
import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { requestLifetime, sessionRequests } from "../api/sign-request.ts";
import { podIdOf } from "../pod/pod-identity.ts";
import type { RequestAuthorization } from "../api/request.ts";
import type { PodKey } from "../pod/pod-key.ts";
import { generateSessionKeyPair, sessionKeyOf } from "../pod/session-key.ts";
import { now, otherHash, people } from "./testing/scene.ts";
import { refusals } from "./testing/verdicts.ts";

test("another account than the pod's publisher signs", async () => {
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
  const pod = { publisher: people.publisher.address, podId: otherHash };
  expect(await refusals({ request: { pod } })).toEqual(refused);
  const other = { publisher: people.stranger.address, podId: keccak256(stringToBytes("pod")) };
  expect(await refusals({ request: { pod: other }, requestSigner: people.stranger })).toEqual(refused);
});

const session = await sessionKeyOf(await generateSessionKeyPair(false));
const salt = keccak256(stringToBytes("salt"));
const podId = podIdOf(session.key, salt);
/** A request of a key about which the wallet said something. */
const known = (change: Partial<PodKey> = {}) => ({
  sessionKey: sessionRequests(session),
  podKeys: [{ key: session.key, scopes: ["update"], ...change } as PodKey],
});

test("the key that the pod id commits to deploys, with its salt", async () => {
  expect(await refusals({ podId, sessionKey: sessionRequests(session, salt) })).toEqual({});
  const refused = { request: admissionErrors.REQUEST_KEY.code };
  expect(await refusals({ podId, sessionKey: sessionRequests(session) })).toEqual(refused);
  expect(await refusals({ podId, sessionKey: sessionRequests(session, otherHash) })).toEqual(refused);
});

test("a key that the wallet added does what its scopes say", async () => {
  expect(await refusals(known())).toEqual({});
  expect(await refusals(known({ notAfter: now + 1 }))).toEqual({});
  const refused = { request: admissionErrors.REQUEST_SCOPE.code };
  expect(await refusals(known({ scopes: ["read"] }))).toEqual(refused);
  expect(await refusals(known({ scopes: ["read", "data"] }))).toEqual(refused);
});

test("a key that expired, was revoked, or is another pod's", async () => {
  expect(await refusals(known({ notAfter: now }))).toEqual({
    request: admissionErrors.REQUEST_KEY_EXPIRED.code,
  });
  const refused = { request: admissionErrors.REQUEST_KEY.code };
  expect(await refusals(known({ scopes: [] }))).toEqual(refused);
  expect(await refusals({ sessionKey: sessionRequests(session) })).toEqual(refused);
  expect(await refusals({ sessionKey: sessionRequests(session, salt) })).toEqual(refused);
});

test("the wallet may revoke the first key, too", async () => {
  const sessionKey = sessionRequests(session, salt);
  const podKeys = [{ key: session.key, scopes: [] }];
  expect(await refusals({ podId, sessionKey, podKeys })).toEqual({
    request: admissionErrors.REQUEST_KEY.code,
  });
});

test("a key's signature holds for what it signed, and for that key", async () => {
  const refused = { request: admissionErrors.REQUEST_SIGNATURE.code };
  const changed = { authorization: (a: RequestAuthorization) => ({ ...a, nonce: otherHash }) };
  expect(await refusals({ ...known(), ...changed })).toEqual(refused);
  const other = await sessionKeyOf(await generateSessionKeyPair(false));
  const swapped = { authorization: (a: RequestAuthorization) => ({ ...a, key: other.key }) };
  expect(await refusals({ ...known(), ...swapped })).toEqual(refused);
  // Without the key, the signature would have to be the wallet's.
  const bare = ({ key: left, ...rest }: RequestAuthorization) => ({
    ...rest,
    nonce: left === undefined ? otherHash : rest.nonce,
  });
  expect(await refusals({ ...known(), authorization: bare })).toEqual(refused);
});

test.each(["deploy", "update", "status", "logs", "delete", "keys"] as const)(
  "scopes for %s",
  async (action) => {
    const needed = {
      deploy: "update",
      update: "update",
      status: "read",
      logs: "read",
      delete: "data",
      keys: undefined,
    };
    for (const scopes of [["read"], ["update"], ["data"], ["read", "update", "data"]] as const) {
      const allowed = needed[action] !== undefined && (scopes as readonly string[]).includes(needed[action]);
      const change = { ...known({ scopes }), request: { action }, asked: action };
      expect(await refusals(change), scopes.join()).toEqual(
        allowed ? {} : { request: admissionErrors.REQUEST_SCOPE.code },
      );
    }
  },
);
