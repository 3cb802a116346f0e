import { expect, test } from "vitest";
import { hostnameOf } from "./hostname.ts";

test.each([
  ["App.Pods.Test:8080", "app.pods.test"],
  ["app.pods.test.", "app.pods.test"],
  ["localhost", "localhost"],
  ["-a.pods.test", undefined],
  ["a_b.pods.test", undefined],
  [".pods.test", undefined],
  ["127.0.0.1:80", undefined],
  ["[::1]:80", undefined],
  [`${"a".repeat(64)}.test`, undefined],
  [`${"a.".repeat(126)}aa`, undefined],
  ["", undefined],
  [undefined, undefined],
])("the host name in %s is %s", (host, expected) => {
  expect(hostnameOf(host)).toBe(expected);
});
