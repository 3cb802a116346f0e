import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { copy } from "@apoc/oci";
import { openLayout } from "@apoc/oci/node";
import { expect, test } from "vitest";
import { sampleImage } from "../sample-image.ts";
import { Workplace } from "../skopeo.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

test("the commands of docs/guides/images.md run as written, and restore the image", async () => {
  const text = await readFile(`${root}docs/guides/images.md`, "utf8");
  const commands = /```sh guide\n([\s\S]*?)```/.exec(text)?.[1]?.trim().split("\n") ?? [];
  expect(commands.length).toBeGreaterThan(5);
  const place = await Workplace.create();
  try {
    const image = await sampleImage();
    await copy(image.target, "latest", await openLayout(place.at("plain"), { create: true }), {
      tags: ["1"],
    });
    const env = {
      ...process.env,
      PATH: `${root}scripts:${process.env["PATH"]}`,
      APOC_CONFIG_DIR: place.at("config"),
    };
    let last = "";
    for (const command of commands) {
      last = (await run("sh", ["-c", command], { cwd: place.path, env })).stdout.trim();
    }
    expect(last).toBe(image.descriptor.digest);
  } finally {
    await place.remove();
  }
});
