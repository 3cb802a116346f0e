#!/usr/bin/env node
import { runProcess } from "@apoc/terminal/main";
import { withUserCommands } from "@apoc/terminal/user-commands";
import { group } from "./index.ts";

runProcess("apoc-pod", withUserCommands(group), { compileCache: true });
