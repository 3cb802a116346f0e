import { expect, test } from "vitest";
import { parseListen } from "./listen.ts";

test.each([
  ["127.0.0.1:5000", { host: "127.0.0.1", port: 5000 }],
  ["[::1]:0", { host: "::1", port: 0 }],
  ["localhost:80", { host: "localhost", port: 80 }],
])("%s", (text, listen) => {
  expect(parseListen(text)).toEqual(listen);
});

test.each([
  ["0.0.0.0:5000", "APOC-9502"],
  ["example.org:5000", "APOC-9502"],
  ["5000", "APOC-9501"],
  ["127.0.0.1:70000", "APOC-9501"],
])("%s is refused", (text, code) => {
  expect(() => parseListen(text)).toThrow(expect.objectContaining({ code }));
});
