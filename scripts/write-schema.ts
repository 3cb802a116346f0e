import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Writes a generated JSON document to `docs/schema/NAME`. With `--check` on the command line nothing is written: exit
 * status 1 where the committed file differs.
 */
export function writeSchema(name: string, document: unknown): void {
  const path = fileURLToPath(new URL(`../docs/schema/${name}`, import.meta.url));
  const text = `${joinLists(JSON.stringify(document, null, 2))}\n`;
  if (!process.argv.includes("--check")) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    const generator = process.argv[1]?.split("/").slice(-2).join("/");
    console.error(`docs/schema/${name} is out of date: node --conditions=apoc-source ${generator}`);
    process.exitCode = 1;
  }
}

/** Lists without lists or objects in them on one line where they fit, as the formatter has them. */
function joinLists(json: string): string {
  return json.replaceAll(
    /^( *)(.*)\[\n([^[\]{}]*?)\n *\](,?)$/gm,
    (whole, indent: string, key: string, items: string, comma: string) => {
      const line = `${indent}${key}[${items.trim().replaceAll(/\n\s*/g, " ")}]${comma}`;
      return line.length <= 110 ? line : whole;
    },
  );
}
