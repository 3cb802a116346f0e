import { expect, test } from "vitest";
import { ocicryptErrors } from "../index.ts";
import { parseGrpcAddress } from "./address.ts";
import { parseKeyProviderConfig } from "./config.ts";
import { decodeStatusMessage, encodeStatusMessage, frameMessage, unframeMessage } from "./grpc-message.ts";
import { formatRequest, formatResult, parseRequest, parseResult } from "./protocol.ts";

const bytes = (value: unknown) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const code = (name: keyof typeof ocicryptErrors) =>
  expect.objectContaining({ code: ocicryptErrors[name].code });
const packet = Uint8Array.of(1, 2, 255);

test("requests as Go writes them are read, without what belongs to other schemes", () => {
  const wrap = {
    op: "keywrap",
    keywrapparams: {
      ec: {
        Parameters: { apoc: ["cGFyYW1ldGVy", ""], pubkeys: ["AAAA"], "gpg-recipients": ["AAAA"] },
        DecryptConfig: { Parameters: null },
      },
      optsdata: "AQL/",
    },
    keyunwrapparams: { dc: null, annotation: null },
  };
  const parameters = { apoc: [new Uint8Array(bytes("parameter")), new Uint8Array(0)] };
  expect(parseRequest(bytes(wrap))).toEqual({ op: "keywrap", parameters, options: packet });
  const unwrap = {
    op: "keyunwrap",
    keywrapparams: { ec: null, optsdata: null },
    keyunwrapparams: {
      dc: { Parameters: { apoc: [[112]], privkeys: ["AAAA"], "privkeys-passwords": [""], x509s: [] } },
      annotation: [1, 2, 255],
    },
  };
  expect(parseRequest(bytes(unwrap))).toEqual({
    op: "keyunwrap",
    parameters: { apoc: [Uint8Array.of(112)] },
    packet,
  });
});

test("what a client writes a server reads, and the reverse", () => {
  for (const request of [
    { op: "keywrap", parameters: { a: [packet] }, options: packet },
    { op: "keyunwrap", parameters: {}, packet },
  ] as const) {
    expect(parseRequest(formatRequest(request))).toEqual(request);
    expect(parseResult(request.op, formatResult(request.op, packet))).toEqual(packet);
  }
  expect(JSON.parse(bytes(Buffer.from(formatResult("keywrap", packet)).toString()).toString())).toEqual({
    keywrapresults: { annotation: [1, 2, 255] },
  });
  const go = { keywrapresults: { annotation: null }, keyunwrapresults: { optsdata: "AQL/" } };
  expect(parseResult("keyunwrap", bytes(go))).toEqual(packet);
});

test.for<unknown>([
  "",
  "[]",
  { op: "other" },
  { op: "keywrap" },
  { op: "keywrap", keywrapparams: { optsdata: "" } },
  { op: "keywrap", keywrapparams: { optsdata: "A" } },
  { op: "keywrap", keywrapparams: { optsdata: [256] } },
  { op: "keywrap", keywrapparams: { optsdata: [1.5] } },
  { op: "keywrap", keywrapparams: { optsdata: [-1] } },
  { op: "keywrap", keywrapparams: [] },
  { op: "keywrap", keywrapparams: { optsdata: "AAAA", more: 1 } },
  { op: "keywrap", keywrapparams: { optsdata: "AAAA", ec: { Parameters: { a: "AAAA" } } } },
  { op: "keywrap", keywrapparams: { optsdata: "AAAA", ec: { Parameters: { a: [1] } } } },
  { op: "keywrap", keywrapparams: { optsdata: "AAAA", ec: { parameters: {} } } },
  { op: "keyunwrap", keywrapparams: { optsdata: "AAAA" } },
  { op: "keyunwrap", keyunwrapparams: { annotation: "AAAA" }, more: 1 },
  '{"op":"keywrap","op":"keyunwrap","keyunwrapparams":{"annotation":"AAAA"}}',
  `{"op":"keyunwrap","keyunwrapparams":{"annotation":"${"A".repeat(1024 * 1024)}"}}`,
])("a request is refused: %j", (request) => {
  expect(() => parseRequest(bytes(request))).toThrow(code("KEY_PROVIDER_MESSAGE"));
});

test.for<unknown>([
  "",
  {},
  { keywrapresults: { annotation: [] } },
  { keywrapresults: { optsdata: [1] } },
  { x: 1 },
])("a result is refused: %j", (result) => {
  expect(() => parseResult("keywrap", bytes(result))).toThrow(code("KEY_PROVIDER_MESSAGE"));
});

test("frames hold any length and nothing else", () => {
  for (const length of [0, 1, 127, 128, 16383, 16384, 300_000]) {
    const message = new Uint8Array(length).fill(7);
    expect(unframeMessage(frameMessage(message))).toEqual(message);
  }
  const good = frameMessage(packet);
  expect(Array.from(good)).toEqual([0, 0, 0, 0, 5, 0x0a, 3, 1, 2, 255]);
  const changed = (at: number, value: number) => good.map((octet, i) => (i === at ? value : octet));
  for (const frame of [
    new Uint8Array(0),
    ...[1, 4, 5, 6, 9].map((end) => good.subarray(0, end)),
    changed(0, 1),
    changed(4, 4),
    changed(5, 0x12),
    changed(6, 2),
    changed(6, 0x83),
    Uint8Array.of(...good, 0),
    Uint8Array.of(0, 0, 0, 0, 6, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff),
  ]) {
    expect(() => unframeMessage(frame)).toThrow(code("KEY_PROVIDER_MESSAGE"));
  }
});

test("status messages survive the header", () => {
  const text = "100 % für alle\n";
  expect(encodeStatusMessage(text)).toBe("100 %25 f%C3%BCr alle%0A");
  expect(decodeStatusMessage(encodeStatusMessage(text))).toBe(text);
  expect(decodeStatusMessage("50 % off")).toBe("50 % off");
});

test("addresses", () => {
  expect(parseGrpcAddress("127.0.0.1:50051")).toEqual({ host: "127.0.0.1", port: 50051 });
  expect(parseGrpcAddress("[::1]:1")).toEqual({ host: "::1", port: 1 });
  expect(parseGrpcAddress("dns:///kms.example:443")).toEqual({ host: "kms.example", port: 443 });
  for (const text of ["unix:///run/a b.sock", "unix:/run/a b.sock"])
    expect(parseGrpcAddress(text)).toEqual({ path: "/run/a b.sock" });
  for (const text of [
    "",
    "127.0.0.1",
    "unix:relative",
    "http://a:1",
    "a:65536",
    "a:1/",
    "a b:1",
    "unix:///a\0",
  ])
    expect(() => parseGrpcAddress(text)).toThrow(code("KEY_PROVIDER_CONFIG"));
});

test("configurations", () => {
  const read = (providers: unknown) => parseKeyProviderConfig(bytes({ "key-providers": providers }));
  expect(
    read({
      a: { cmd: { path: "/bin/a", args: ["x"] } },
      b: { cmd: { path: "b" } },
      c: { grpc: "localhost:1" },
      d: { grpc: "kms.example:443", "grpc-tls": { "root-ca-file": "/ca", "insecure-skip-verify": false } },
    }),
  ).toEqual({
    a: { cmd: { path: "/bin/a", args: ["x"] } },
    b: { cmd: { path: "b", args: [] } },
    c: { grpc: "localhost:1" },
    d: { grpc: "kms.example:443", tls: { rootCaFile: "/ca" } },
  });
  expect(parseKeyProviderConfig(bytes("{}"))).toEqual({});
  for (const wrong of [
    [],
    { a: {} },
    { a: { path: "/bin/a", args: [] } },
    { a: { cmd: { path: "/bin/a" }, grpc: "localhost:1" } },
    { a: { cmd: { path: "" } } },
    { a: { cmd: { path: "/a", args: [1] } } },
    { a: { cmd: { path: "/a", args: ["\0"] } } },
    { a: { cmd: "/bin/a" } },
    { a: { cmd: { path: "/a" }, "grpc-tls": {} } },
    { a: { grpc: "kms.example:443" } },
    { a: { grpc: "nowhere" } },
    { a: { grpc: "kms.example:443", "grpc-tls": { "insecure-skip-verify": true } } },
    { a: { grpc: "kms.example:443", "grpc-tls": { ca: "x" } } },
  ]) {
    expect(() => read(wrong), JSON.stringify(wrong)).toThrow(code("KEY_PROVIDER_CONFIG"));
  }
  for (const text of ["", "[]", '{"providers":{}}', '{"key-providers":{},"key-providers":{}}'])
    expect(() => parseKeyProviderConfig(bytes(text))).toThrow(code("KEY_PROVIDER_CONFIG"));
});
