import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { stateConformance } from "../state/conformance/index.ts";
import { acquireDataFolder, openSqliteState } from "../state/sqlite/index.ts";
import { openRemoteState } from "./remote-state.ts";

stateConformance(async () => {
  const path = await mkdtemp(join(tmpdir(), "apoc-remote-state-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return {
    open: () => openRemoteState(path),
    openReader: () => openSqliteState(path, { readOnly: true }),
    acquireLease: () => acquireDataFolder(path),
  };
});
