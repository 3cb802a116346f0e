import { readFileSync } from "node:fs";

/** The fenced block of docs/spec/evidence.md that is marked `example=NAME`, and the text after it. */
export function specificationExample(name: string): { block: string; after: string } {
  const text = readFileSync(new URL("../../../../docs/spec/evidence.md", import.meta.url), "utf8");
  const match = new RegExp("^```\\w+ example=" + name + "\\n([\\s\\S]*?)^```\\n([\\s\\S]*)", "m").exec(text);
  if (match === null) throw new Error(`docs/spec/evidence.md has no example ${name}`);
  return { block: match[1] ?? "", after: match[2] ?? "" };
}
