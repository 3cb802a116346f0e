import {
  generateSessionKeyPair,
  podIdOf,
  type PodKey,
  type RequestAuthorization,
  sessionKeyOf,
  sessionRequests,
  signBlockStatement,
} from "@apoc/core";
import { block, type Changes, head, now, otherHash, people, silentSource, source } from "@apoc/core/testing";
import type { Attack } from "./attack.ts";

const authorized = (change: Partial<RequestAuthorization>): Attack => ({
  changes: { authorization: (authorization) => ({ ...authorization, ...change }) },
});
const seen = (number: bigint, fork?: string): Attack => ({
  changes: { request: { block: block(number, fork) } },
});
const statement = { ...block(head - 1n), seenAt: now - 5 };
const monitored = { policy: { monitors: [people.monitor.address] } };
const flip = (signature: string) =>
  `${signature.slice(0, 10)}${signature[10] === "0" ? "1" : "0"}${signature.slice(11)}`;

const session = await sessionKeyOf(await generateSessionKeyPair(false));
const salt = `0x${"0e".repeat(32)}` as const;
const podId = podIdOf(session.key, salt);
/** Leaves out which key signed. */
const withoutKey = (authorization: RequestAuthorization): RequestAuthorization => {
  const { key: left, ...rest } = authorization;
  return left === undefined ? authorization : rest;
};
/** A request signed by a key of the pod, as the wallet added it. */
const key = (change: Partial<PodKey>, changes: Changes = {}): Attack => ({
  changes: {
    sessionKey: sessionRequests(session),
    podKeys: [{ key: session.key, scopes: ["update"], ...change }],
    ...changes,
  },
});
/** A request signed by the key that the pod id commits to. */
const first = (changes: Changes): Attack => ({
  changes: { podId, sessionKey: sessionRequests(session, salt), ...changes },
});

/** Against checks 1 and 2: who asks, and whether this provider sees the chain that everybody else sees. */
export const requestAttacks: Record<string, readonly [code: string, attack: Attack]> = {
  "a byte more in the body": ["APOC-6103", { changes: { body: (body) => new Uint8Array([...body, 0x20]) } }],
  "the manifest of another request": [
    "APOC-6103",
    {
      changes: {
        body: (body) => new TextEncoder().encode(new TextDecoder().decode(body).replace("books", "bookz")),
      },
    },
  ],
  "a request to read used to deploy": ["APOC-6106", { changes: { request: { action: "status" } } }],
  "a request for an update used to deploy": ["APOC-6106", { changes: { request: { action: "update" } } }],
  "a request for another pod": [
    "APOC-6106",
    { changes: { request: { pod: { publisher: people.publisher.address, podId: otherHash } } } },
  ],
  "a request for the pod of the same id of another publisher": [
    "APOC-6106",
    {
      changes: {
        request: { pod: { publisher: people.stranger.address, podId } },
        podId,
        requestSigner: people.stranger,
      },
    },
  ],
  "a request to another provider": [
    "APOC-6102",
    { changes: { request: { provider: people.stranger.address } } },
  ],
  "a request past its deadline": ["APOC-6105", { changes: { request: { now: now - 121 } } }],
  "a request for all time": ["APOC-6105", { changes: { request: { now: now + 86_400 } } }],
  "a request of a stranger": ["APOC-6101", { changes: { requestSigner: people.stranger } }],
  "a request of the developer": ["APOC-6101", { changes: { requestSigner: people.developer } }],
  "a request of another chain": ["APOC-6101", { changes: { request: { chainId: 1 } } }],
  "a request of another contract": [
    "APOC-6101",
    { changes: { request: { contract: people.stranger.address } } },
  ],
  "an action put in after signing": [
    "APOC-6101",
    {
      changes: { request: { action: "update" }, authorization: (a) => ({ ...a, action: "deploy" }) },
    },
  ],
  "a nonce put in after signing": ["APOC-6101", authorized({ nonce: otherHash })],
  "a deadline put off after signing": ["APOC-6101", authorized({ deadline: now + 200 })],
  "a block put in after signing": [
    "APOC-6101",
    authorized({ blockNumber: head - 3n, blockHash: block(head - 3n).hash }),
  ],
  "a flipped bit in the signature": [
    "APOC-6101",
    {
      changes: { authorization: (a) => ({ ...a, signature: flip(a.signature) as typeof a.signature }) },
    },
  ],
  "no signature worth the name": ["APOC-6101", authorized({ signature: "0x00" })],
  "the same request twice": ["APOC-6104", { changes: { usedNonces: "all" } }],
  "the same request of a key twice": ["APOC-6104", key({}, { usedNonces: "all" })],
  "a key's request to another provider": [
    "APOC-6102",
    key({}, { request: { provider: people.stranger.address } }),
  ],
  "a key that may read used to deploy": ["APOC-6110", key({ scopes: ["read"] })],
  "a key for the data used to deploy": ["APOC-6110", key({ scopes: ["data"] })],
  "the first key used to remove the volumes": [
    "APOC-6110",
    first({ request: { action: "delete" }, asked: "delete" }),
  ],
  "a key of every scope used to add a key": [
    "APOC-6110",
    key({ scopes: ["read", "update", "data"] }, { request: { action: "keys" }, asked: "keys" }),
  ],
  "an expired key": ["APOC-6109", key({ notAfter: now })],
  "a revoked key": ["APOC-6108", key({ scopes: [] })],
  "the first key after the wallet revoked it": [
    "APOC-6108",
    first({ podKeys: [{ key: session.key, scopes: [] }] }),
  ],
  "the first key of another pod": ["APOC-6108", { changes: { sessionKey: sessionRequests(session, salt) } }],
  "the first key with another salt": [
    "APOC-6108",
    { changes: { podId, sessionKey: sessionRequests(session, otherHash) } },
  ],
  "a key that nobody added": ["APOC-6108", { changes: { sessionKey: sessionRequests(session) } }],
  "a key's name over the signature of another": [
    "APOC-6101",
    key({}, { authorization: (a) => ({ ...a, key: `0x04${"11".repeat(64)}` }) }),
  ],
  "a signature of a key without its name": ["APOC-6101", key({}, { authorization: withoutKey })],
  "the wallet's signature under a key's name": ["APOC-6101", authorized({ key: session.key, salt })],
  "what a key signed, for another block": [
    "APOC-6101",
    key({}, { authorization: (a) => ({ ...a, blockNumber: 1n }) }),
  ],

  "a publisher on a fork": ["APOC-6203", seen(head - 2n, "fork")],
  "a publisher who saw the chain long ago": ["APOC-6203", seen(head - 700n)],
  "a publisher who is ahead of the provider": ["APOC-6201", seen(head + 1n)],
  "a stale head": ["APOC-6201", { changes: { sources: [source("one", { ageSeconds: 61 })] } }],
  "a head from the future": ["APOC-6206", { changes: { sources: [source("one", { ageSeconds: -61 })] } }],
  "an RPC on a fork": [
    "APOC-6202",
    { changes: { sources: [source("one"), source("two", { fork: "fork" })] } },
  ],
  "an RPC kept from answering": ["APOC-6202", { changes: { sources: [source("one"), silentSource] } }],
  "all RPCs kept from answering": ["APOC-6205", { changes: { sources: [silentSource] } }],
  "monitors kept from answering": ["APOC-6204", { changes: monitored }],
  "a monitor's statement by somebody else": [
    "APOC-6204",
    {
      changes: {
        ...monitored,
        statements: [
          {
            ...(await signBlockStatement(31337, statement, people.stranger)),
            monitor: people.monitor.address,
          },
        ],
      },
    },
  ],
  "a monitor's statement of another chain": [
    "APOC-6204",
    {
      changes: { ...monitored, statements: [await signBlockStatement(1, statement, people.monitor)] },
    },
  ],
  "an old statement of a monitor": [
    "APOC-6204",
    {
      changes: {
        ...monitored,
        statements: [await signBlockStatement(31337, { ...statement, seenAt: now - 61 }, people.monitor)],
      },
    },
  ],
  "a monitor that sees another chain": [
    "APOC-6203",
    {
      changes: {
        ...monitored,
        statements: [
          await signBlockStatement(
            31337,
            { ...statement, hash: block(head - 1n, "fork").hash },
            people.monitor,
          ),
        ],
      },
    },
  ],
};
