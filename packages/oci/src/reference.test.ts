import { expect, test } from "vitest";
import { formatReference, parseReference } from "./index.ts";

const digest = `sha256:${"a".repeat(64)}` as const;
const code = (text: string) => {
  try {
    parseReference(text);
  } catch (error) {
    return (error as { descriptor?: { name: string } }).descriptor?.name;
  }
  return "none";
};

test.for([
  ["registry.example/a/b", { registry: "registry.example", repository: "a/b" }],
  ["registry.example:5000/a:v1", { registry: "registry.example:5000", repository: "a", tag: "v1" }],
  ["localhost/x", { registry: "localhost", repository: "x" }],
  ["localhost:5000/x", { registry: "localhost:5000", repository: "x" }],
  ["127.0.0.1:5000/x:V_1.0-a", { registry: "127.0.0.1:5000", repository: "x", tag: "V_1.0-a" }],
  ["[::1]:5000/x", { registry: "[::1]:5000", repository: "x" }],
  [
    `registry.example/a__b/c-d.e@${digest}`,
    { registry: "registry.example", repository: "a__b/c-d.e", digest },
  ],
  [`registry.example/a:t@${digest}`, { registry: "registry.example", repository: "a", tag: "t", digest }],
] as const)("%s is read and written back", ([text, expected]) => {
  expect(parseReference(text)).toEqual(expected);
  expect(formatReference(parseReference(text))).toBe(text);
});

test.for([
  ["busybox", "REGISTRY_MISSING"],
  ["library/busybox:latest", "REGISTRY_MISSING"],
  ["busybox:1.36", "REGISTRY_MISSING"],
  ["", "REFERENCE_INVALID"],
  ["registry.example", "REGISTRY_MISSING"],
  ["registry.example/", "REFERENCE_INVALID"],
  ["registry.example/A", "REFERENCE_INVALID"],
  ["registry.example/a//b", "REFERENCE_INVALID"],
  ["registry.example/../b", "REFERENCE_INVALID"],
  ["registry.example/a:", "REFERENCE_INVALID"],
  ["registry.example/a:-x", "REFERENCE_INVALID"],
  [`registry.example/a:${"x".repeat(129)}`, "REFERENCE_INVALID"],
  [`registry.example/${"a".repeat(256)}`, "REFERENCE_INVALID"],
  ["registry.example/a@sha256:1", "DIGEST_INVALID"],
  ["registry.example/a@", "DIGEST_INVALID"],
  ["user@registry.example/a", "REGISTRY_MISSING"],
  ["https://registry.example/a", "REFERENCE_INVALID"],
  ["registry.example:port/a", "REFERENCE_INVALID"],
  ["-x.example/a", "REFERENCE_INVALID"],
  ["registry.example/a b", "REFERENCE_INVALID"],
] as const)("%j is refused: %s", ([text, name]) => {
  expect(code(text)).toBe(name);
});
