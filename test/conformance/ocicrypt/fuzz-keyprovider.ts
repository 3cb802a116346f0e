import {
  decodeStatusMessage,
  encodeStatusMessage,
  formatGrpcAddress,
  formatRequest,
  formatResult,
  frameMessage,
  parseGrpcAddress,
  parseKeyProviderConfig,
  parseRequest,
  parseResult,
  unframeMessage,
} from "ocicrypt-js/testing";
import { mutateBytes } from "../attestation/fuzz-mutation.ts";
import { mutateJson } from "../attestation/fuzz-text.ts";
import { bytesOf, type FuzzTarget, latin, target } from "../fuzz/target.ts";

const parameters = { apoc: [bytesOf("one"), bytesOf("two")] };
const same = (one: unknown, two: unknown) => JSON.stringify(one) === JSON.stringify(two);

/** The key provider protocol, on both sides. */
export const keyProviderTargets: readonly FuzzTarget[] = [
  target({
    name: "key provider request",
    seeds: [
      formatRequest({ op: "keywrap", parameters, options: bytesOf("options") }),
      formatRequest({ op: "keyunwrap", parameters, packet: bytesOf("packet") }),
    ],
    mutate: mutateJson,
    parse: parseRequest,
    judge: (request) =>
      same(parseRequest(formatRequest(request)), request) ? undefined : "is read as another one",
  }),
  target({
    name: "key provider result",
    seeds: [
      formatResult("keywrap", bytesOf("packet")),
      bytesOf('{"keywrapresults":{"annotation":"cGFja2V0"}}'),
    ],
    mutate: mutateJson,
    parse: (input) => parseResult("keywrap", input),
    judge: (result) =>
      Buffer.from(parseResult("keywrap", formatResult("keywrap", result))).equals(result)
        ? undefined
        : "is read as another one",
  }),
  target({
    name: "key provider configuration",
    seeds: [
      bytesOf(
        '{"key-providers":{"a":{"cmd":{"path":"/bin/x","args":["y"]}},"b":{"grpc":"unix:///s"},"c":{"grpc":"127.0.0.1:5"}}}',
      ),
    ],
    mutate: mutateJson,
    parse: parseKeyProviderConfig,
  }),
  target({
    name: "key provider address",
    seeds: ["127.0.0.1:50051", "unix:///run/x.sock", "[::1]:1", "dns:///host:2"].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => parseGrpcAddress(latin(input)),
    judge: (address) =>
      same(parseGrpcAddress(formatGrpcAddress(address)), address) ? undefined : "is read as another one",
  }),
  target({
    name: "gRPC message",
    seeds: [frameMessage(bytesOf("{}")), frameMessage(new Uint8Array(300))],
    mutate: mutateBytes,
    parse: unframeMessage,
    judge: (message) =>
      Buffer.from(unframeMessage(frameMessage(message))).equals(message) ? undefined : "another message",
  }),
  target({
    name: "gRPC status message",
    seeds: ["permission denied: %22x%22", "%C3%A4%"].map(bytesOf),
    mutate: mutateBytes,
    parse: (input) => decodeStatusMessage(latin(input)),
    judge: (text) =>
      decodeStatusMessage(encodeStatusMessage(text)) === text.toWellFormed() ? undefined : "changed",
  }),
];
