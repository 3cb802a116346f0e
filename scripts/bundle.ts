/**
 * Bundles the programs for publishing: packages/PACKAGE/bundle/ holds cli.js, chunks that are loaded when they are needed,
 * the thread of layer encryption, and the licenses of what was bundled.
 *
 *   node scripts/bundle.ts [PACKAGE...]
 */
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type InlineConfig, type Plugin } from "vite";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** Programs by the folder of their package. */
const programs = ["apoc", "developer", "provider", "publisher"];

/** From source, as `scripts/apoc` runs it; `node` selects the implementations for Node. */
const conditions = ["apoc-source", "node", "import", "module", "default"];

/** What stays a dependency of the package: its executable is found beside it in node_modules. */
const external = ["@foundry-rs/anvil"];

/**
 * A script without exports is taken for CommonJS and would run when its importer does, after what that importer imports;
 * `@peculiar/x509` needs it before. As a module it runs in the order of the imports.
 */
const reflectAsModule: Plugin = {
  name: "reflect-metadata-as-module",
  transform: {
    filter: { id: /reflect-metadata[\\/]Reflect\.js$/ },
    handler: (code) => `${code}\nexport {};\n`,
  },
};

/** One build for Node without minification: a stack trace names what is in the sources. */
function configuration(
  output: string,
  options: Required<Pick<BuildOptions, "rolldownOptions" | "license">>,
): InlineConfig {
  return {
    configFile: false,
    root: repository,
    logLevel: "warn",
    plugins: [reflectAsModule],
    resolve: { conditions },
    ssr: { noExternal: true, external, target: "node", resolve: { conditions } },
    build: {
      ssr: true,
      outDir: output,
      emptyOutDir: false,
      copyPublicDir: false,
      target: "node22",
      minify: false,
      ...options,
    },
  };
}

async function bundle(folder: string): Promise<void> {
  const output = `${repository}packages/${folder}/bundle`;
  rmSync(output, { recursive: true, force: true });
  const program: BuildOptions["rolldownOptions"] = {
    input: { cli: `${repository}packages/${folder}/src/cli.ts` },
    // What cli.ts needs at once is in its own file, also where chunks need it too.
    preserveEntrySignatures: false,
    output: {
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js",
      codeSplitting: {
        groups: [{ name: "start", tags: ["$initial"] }],
      },
    },
  };
  await build(configuration(output, { rolldownOptions: program, license: { fileName: "THIRD-PARTY.md" } }));
  // The thread pool names its file by URL, beside itself.
  const thread: BuildOptions["rolldownOptions"] = {
    input: { "layer-thread": `${repository}packages/ocicrypt-js/src/node/layer-thread.ts` },
    output: { entryFileNames: "chunks/[name].js", codeSplitting: false },
  };
  await build(configuration(output, { rolldownOptions: thread, license: false }));
}

const wanted = process.argv.slice(2);
for (const folder of wanted.length === 0 ? programs : wanted) {
  if (!programs.includes(folder)) throw new RangeError(`no program in packages/${folder}`);
  await bundle(folder);
}
