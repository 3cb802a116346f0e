/**
 * Writes docs/schema/trust-policy.schema.json from the schema that parses trust policies.
 *
 *   node --conditions=apoc-source scripts/generate-policy-schema.ts [--check]
 *
 * With --check nothing is written: exit 1 where the committed file is not what the schema gives.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { trustPolicyJsonSchema } from "@apoc/attestation";

const path = fileURLToPath(new URL("../docs/schema/trust-policy.schema.json", import.meta.url));
const text = `${joinLists(JSON.stringify(trustPolicyJsonSchema(), null, 2))}\n`;

if (!process.argv.includes("--check")) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
} else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
  console.error(
    "docs/schema/trust-policy.schema.json is not what the policy schema gives: node --conditions=apoc-source scripts/generate-policy-schema.ts",
  );
  process.exitCode = 1;
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
