import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import type { PageCases } from "./browser-page.ts";
import type { Case, Outcome } from "./cases.ts";
import { evaluateInChromium } from "./chromium.ts";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Bundles the case runner with the verifier's main entry, as a web application would: without Node's conditions. */
export async function bundlePage(): Promise<string> {
  const platform = here("browser-platform.ts");
  const built = await build({
    configFile: false,
    logLevel: "error",
    root: here("."),
    resolve: {
      conditions: ["apoc-source", "browser", "module", "import", "default"],
      alias: Object.fromEntries(["fs", "path", "crypto"].map((name) => [`node:${name}`, platform])),
    },
    build: {
      write: false,
      minify: false,
      target: "es2022",
      lib: { entry: here("browser-page.ts"), formats: ["es"], fileName: "page" },
    },
  });
  const [output] = [built].flat() as Rollup.RollupOutput[];
  if (output?.output.length !== 1) throw new Error("the bundle is not one file");
  return output.output[0].code;
}

/** Cases with the files that they name, from a folder. */
export function pageCases(folder: string, cases: readonly Case[]): PageCases {
  const files: Record<string, string> = {};
  const names = ["report", "vek", "intermediate", "ark", "crl", "quote", "collateral", "root"];
  for (const one of cases) {
    const members = one as unknown as Readonly<Record<string, unknown>>;
    const override = one.override ?? {};
    for (const name of names) {
      const path = override[name] ?? members[name];
      if (typeof path === "string") files[path] ??= readFileSync(join(folder, path)).toString("base64");
    }
  }
  return { files, cases };
}

/** Runs cases in Chromium, on a page of a server on the loopback interface that ends with the run. */
export async function runInChromium(
  program: string,
  script: string,
  cases: PageCases,
): Promise<{ readonly browser: string; readonly outcomes: readonly Outcome[] }> {
  const documents = new Map<string, readonly [type: string, text: string]>([
    ["/", ["text/html", '<!doctype html><script type="module" src="page.js"></script>']],
    ["/page.js", ["text/javascript", script]],
    ["/cases.json", ["application/json", JSON.stringify(cases)]],
  ]);
  const server = createServer(({ url }, answer) => {
    const [type, text] = documents.get(url ?? "") ?? [];
    answer.writeHead(type === undefined ? 404 : 200, { "content-type": type ?? "text/plain" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { browser, value } = await evaluateInChromium(program, page, "runCases()");
    return { browser, outcomes: value as Outcome[] };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
