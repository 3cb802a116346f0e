#!/usr/bin/env node
import { runProcess } from "@apoc/terminal/main";
import { group } from "./index.ts";

process.exitCode = await runProcess("apoc-provider", group);
