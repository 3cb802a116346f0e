import { expect, test } from "vitest";
import type { Flags } from "./flags.ts";
import { fakeIo } from "./testing/fake-io.ts";
import { createUi } from "./ui.ts";

type UiFlags = Pick<Flags, "json" | "quiet" | "verbose" | "color" | "input" | "yes">;
const flags: UiFlags = { json: false, quiet: false, verbose: 0, color: true, input: true, yes: false };
const never = new AbortController().signal;
const open = (change: Partial<UiFlags> = {}, options: Parameters<typeof fakeIo>[0] = {}) => {
  const fake = fakeIo(options);
  return { ...fake, ui: createUi(fake.io, { ...flags, ...change }, never) };
};

test("steps, notes and progress are lines without a terminal", () => {
  const { ui, err, out } = open();
  ui.note("Developer  0xDe7e");
  ui.step("Read image", "5 layers");
  ui.failed("Evidence varna-2", "TCB out of date");
  ui.skipped("Simulated TEE", "no");
  const progress = ui.progress("Pushed", 100);
  progress.advance(60);
  progress.done("3 blobs");
  expect(err().split("\n")).toEqual([
    "Developer  0xDe7e",
    `  ✓ ${"Read image".padEnd(24)} 5 layers`,
    `  ✗ ${"Evidence varna-2".padEnd(24)} TCB out of date`,
    `  – ${"Simulated TEE".padEnd(24)} no`,
    `  ✓ ${"Pushed".padEnd(24)} 3 blobs`,
    "",
  ]);
  expect(out()).toBe("");
});

test.each([{ json: true }, { quiet: true }])(
  "%j silences steps and notes, never warnings and notices",
  (change) => {
    const { ui, err } = open(change);
    ui.note("n");
    ui.step("s");
    ui.progress("p").done();
    ui.warn("look\nout");
    ui.notice("MARKETPLACE");
    expect(err()).toBe("! look\n  out\nMARKETPLACE\n");
  },
);

test("a terminal has a bar that is wiped before the final line", () => {
  const { ui, err } = open({}, { tty: true });
  const progress = ui.progress("Pushed", 4);
  progress.advance(2);
  progress.done();
  expect(err().startsWith("\r\u001b[K")).toBe(true);
  expect(err().endsWith("\r\u001b[K  \u001b[32m✓\u001b[39m Pushed\n")).toBe(true);
});

test.each([
  [{ tty: true }, {}, true],
  [{ tty: false }, {}, false],
  [{ tty: true, env: { NO_COLOR: "1" } }, {}, false],
  [{ tty: true, env: { TERM: "dumb" } }, {}, false],
  [{ tty: true }, { color: false }, false],
  [{ tty: false, env: { CLICOLOR_FORCE: "1" } }, {}, true],
  [{ tty: false, env: { CLICOLOR_FORCE: "0" } }, {}, false],
])("colour with %j and %j: %s", (options, change, coloured) => {
  const { ui } = open(change, options);
  expect(ui.paint("red", "x")).toBe(coloured ? "\u001b[31mx\u001b[39m" : "x");
});

test.each([
  ["y\n", undefined],
  ["YES\r\n", undefined],
  ["\n", "APOC-9008"],
  ["yep\n", "APOC-9008"],
])("confirm with answer %j", async (input, code) => {
  const { ui, err } = open({}, { tty: true, input });
  const answer = ui.confirm("Deposit 5?");
  await (code === undefined
    ? expect(answer).resolves.toBeUndefined()
    : expect(answer).rejects.toMatchObject({ code }));
  expect(err()).toContain("Deposit 5? [y/N] ");
});

test("without a terminal confirm demands --yes", async () => {
  await expect(open().ui.confirm("Go?")).rejects.toMatchObject({
    code: "APOC-9007",
    next: { action: "confirm" },
  });
  await expect(open({ input: false }, { tty: true }).ui.confirm("Go?")).rejects.toMatchObject({
    code: "APOC-9007",
  });
  await expect(open({ yes: true }).ui.confirm("Go?")).resolves.toBeUndefined();
});

test("answers may be typed ahead; the end of input declines", async () => {
  const { ui, stdin } = open({}, { tty: true, input: "first\nsecond\n" });
  expect(await ui.password("Password:")).toBe("first");
  expect(await ui.ask("Name:")).toBe("second");
  stdin.end();
  await expect(ui.ask("More:")).rejects.toMatchObject({ code: "APOC-9008" });
});

test("a hidden question uses raw mode: nothing is echoed, backspace works, Ctrl-C interrupts", async () => {
  const modes: boolean[] = [];
  const { io, ui, stdin, err } = open({}, { tty: true, input: "secreX\u007ft\r" });
  Object.assign(io.stdin, { setRawMode: (mode: boolean) => modes.push(mode) });
  expect(await ui.password("Password:")).toBe("secret");
  stdin.write("abc\u0003");
  await expect(ui.password("Password:")).rejects.toMatchObject({ code: "APOC-9011" });
  expect(modes).toEqual([true, false, true, false]);
  expect(err()).not.toContain("secre");
});
