/** See scripts/engine.sh. */
import { parseArgs } from "node:util";
import { availableKind, runningEngine, startEngine, stopEngine } from "@apoc/devnet/engine";
import { isApocError } from "@apoc/errors";

const say = (text: string) => process.stderr.write(`engine: ${text}\n`);

/** Prints the assignment that callers evaluate. */
function tell(socket: string): void {
  console.log(`DOCKER_HOST=unix://${socket}`);
}

/** Socket of the user's engine, if one answers. */
async function usersEngine(): Promise<string | undefined> {
  // Loaded only when needed: every script stops an engine at its end.
  const { findEngineSocket, providerErrors } = await import("@apoc/provider/engine");
  try {
    return (await findEngineSocket(process.env)).socket;
  } catch (error) {
    if (isApocError(error, providerErrors.ENGINE_NOT_FOUND)) return undefined;
    throw error;
  }
}

async function start(
  directory: string,
  engine: "auto" | "podman" | "docker",
  install: boolean,
): Promise<void> {
  const running = await runningEngine(directory);
  if (running !== undefined) {
    say(`${running.kind} already runs below ${directory}`);
    return tell(running.socket);
  }
  const users = engine === "auto" ? await usersEngine() : undefined;
  if (users !== undefined) {
    say(`using the engine at ${users}; only objects with our label are touched`);
    return tell(users);
  }
  const kind = engine === "auto" ? availableKind() : engine;
  tell(await startEngine({ directory, kind, install, say }));
}

function usage(): never {
  process.stderr.write(`scripts/engine.sh start [--engine auto|podman|docker] [--install|--no-install] --dir DIR
scripts/engine.sh stop --dir DIR
`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        engine: { type: "string", default: "auto" },
        dir: { type: "string" },
        install: { type: "boolean", default: false },
        "no-install": { type: "boolean", default: false },
      },
    });
    const { engine, dir, install } = values;
    const [command, ...more] = positionals;
    if (dir === undefined || dir === "" || more.length > 0) return undefined;
    if (engine !== "auto" && engine !== "podman" && engine !== "docker") return undefined;
    if (command !== "start" && command !== "stop") return undefined;
    return { command, engine, dir, install: install && !values["no-install"] } as const;
  } catch {
    return undefined;
  }
}

const { command, engine, dir, install } = readArguments() ?? usage();
try {
  if (command === "start") await start(dir, engine, install);
  else await stopEngine(dir, say);
} catch (error) {
  say(isApocError(error) ? [error.message, error.detail].filter(Boolean).join("\n") : String(error));
  process.exit(1);
}
