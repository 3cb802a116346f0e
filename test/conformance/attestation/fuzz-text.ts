import { mutateBytes, type Random } from "./fuzz-mutation.ts";

const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  "0",
  "\u0000",
  "\ud800",
  "__proto__",
  "2026-02-30T00:00:00Z",
  [],
  {},
  [[]],
  "A".repeat(5000),
];
const names = ["__proto__", "constructor", "toString", "", "version", "kind", "id", "roots", "snp", "tdx"];

/** JSON changed value by value, and now and then as text: white space, members twice, characters. */
export function mutateJson(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const root = { value: JSON.parse(new TextDecoder().decode(seed)) as unknown };
  for (let count = 1 + random.below(3); count > 0; count--) {
    const places: [holder: Record<string, unknown>, name: string][] = [];
    const visit = (holder: Record<string, unknown>): void => {
      for (const [name, value] of Object.entries(holder)) {
        places.push([holder, name]);
        if (typeof value === "object" && value !== null) visit(value as Record<string, unknown>);
      }
    };
    visit(root);
    const [holder, name] = random.pick(places);
    const value = holder[name];
    const operation = random.below(7);
    if (operation === 0 && holder !== root) delete holder[name];
    else if (operation === 1) define(holder, random.pick(names), structuredClone(random.pick(values)));
    else if (operation === 2) define(holder, name, structuredClone(random.pick(values)));
    else if (operation === 3) {
      const [other, otherName] = random.pick(places);
      define(holder, name, structuredClone(other[otherName]));
    } else if (operation === 4 && typeof value === "number")
      define(holder, name, value + random.pick([-1, 1, 256, 2 ** 32]));
    else if (typeof value === "string" && value !== "") {
      const changed = mutateBytes(random, new TextEncoder().encode(value), others);
      define(holder, name, new TextDecoder().decode(changed));
    } else define(holder, name, [value, structuredClone(value)]);
  }
  let text = JSON.stringify(root.value) ?? "";
  const operation = random.below(8);
  if (operation === 0) return mutateBytes(random, new TextEncoder().encode(text), others);
  if (operation === 1) text = text.replace(/("[^"]*":)("[^"]*"|\d+)/, "$1$2,$1$2");
  if (operation === 2) text = ` ${text}\n`;
  return new TextEncoder().encode(text);
}

/** Sets a member of its own, whatever its name. */
function define(holder: Record<string, unknown>, name: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d+$/.test(name)) holder.push(value);
  else Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

const words = [
  "&a ",
  "*a",
  "<<: ",
  "!!js/function ",
  "!!binary ",
  "!<tag:x> ",
  "? ",
  "- ",
  ": ",
  "{",
  "}",
  "[",
  "]",
  "|",
  ">",
  "%YAML 1.1\n",
  "---\n",
  "...\n",
  "\t",
  "\u0000",
  "\ufeff",
  "'",
  '"',
  "#",
  "~",
  "null",
  "yes",
  "0x10",
  "1_000",
  ".inf",
  "9".repeat(400),
  "[".repeat(200),
];

/** Text changed by the words of YAML, or as bytes. */
export function mutateText(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (random.below(3) === 0) return mutateBytes(random, seed, others);
  let text = new TextDecoder().decode(seed);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const lines = text.split("\n");
    const line = random.below(lines.length);
    const at = random.below((lines[line] ?? "").length + 1);
    const operation = random.below(5);
    if (operation === 0) lines.splice(line, 1);
    else if (operation === 1) lines.splice(line, 0, random.pick(lines));
    else if (operation === 2) lines[line] = `${random.pick(["  ", "    ", "\t"])}${lines[line]}`;
    else lines[line] = `${lines[line]!.slice(0, at)}${random.pick(words)}${lines[line]!.slice(at)}`;
    text = lines.join("\n");
  }
  return new TextEncoder().encode(text);
}
