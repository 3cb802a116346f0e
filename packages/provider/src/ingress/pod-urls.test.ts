import { expect, test } from "vitest";
import { createPodUrls, podSuffixes } from "./pod-urls.ts";

const listen = { host: "127.0.0.1", port: 0 };

test("without an outside URL pods are below the suffix, at the port that the ingress listens on", () => {
  const urls = createPodUrls({ listen, suffix: "pods.localhost" }, () => 8080);
  expect(urls.base).toBe("http://pods.localhost:8080");
  expect(urls.of("books-1")).toBe("http://books-1.pods.localhost:8080");
});

test("with an outside URL pods are below its host", () => {
  const config = { listen, suffix: "pods.localhost", url: "https://pods.example/" };
  const urls = createPodUrls(config, () => 8080);
  expect(urls.base).toBe("https://pods.example/");
  expect(urls.of("books-1")).toBe("https://books-1.pods.example");
  expect(podSuffixes(config)).toEqual(["pods.localhost", "pods.example"]);
});
