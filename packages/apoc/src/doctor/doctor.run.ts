import { isApocError } from "@apoc/errors";
import { type Context, renderNext, type RunResult } from "@apoc/terminal";
import type { Check, Finding } from "./check.ts";
import { doctorChecks } from "./checks.ts";

interface Input {
  readonly args: { readonly role: "dev" | "pod" | "provider" | undefined };
}

/** Runs `apoc doctor`. */
export async function run(ctx: Context, { args }: Input): RunResult {
  const findings: Finding[] = [];
  for (const check of doctorChecks(ctx)) {
    if (args.role === undefined || check.roles.includes(args.role)) findings.push(await examine(check));
    ctx.signal.throwIfAborted();
  }
  ctx.output.result(findings, ({ paint }) =>
    findings
      .map(({ check, verdict, detail, cure }) => {
        const word =
          verdict === "pass" ? paint("green", "PASS") : verdict === "fail" ? paint("red", "FAIL") : "–   ";
        return `${word}  ${check.padEnd(18)}${detail}${cure === undefined ? "" : `\n      ${" ".repeat(18)}fix: ${cure}`}`;
      })
      .join("\n"),
  );
  return findings.some(({ verdict }) => verdict === "fail") ? "unexpected" : undefined;
}

async function examine(check: Check): Promise<Finding> {
  try {
    return { check: check.name, verdict: "pass", detail: await check.run() };
  } catch (error) {
    const next = isApocError(error) ? error.next : undefined;
    const cure = next === undefined ? check.cure : renderNext(next);
    const detail = (error as Error).message.split("\n")[0] ?? "";
    const finding: Finding = {
      check: check.name,
      verdict: check.optional === true ? "absent" : "fail",
      detail,
    };
    return cure === undefined ? finding : { ...finding, cure };
  }
}
