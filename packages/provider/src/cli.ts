#!/usr/bin/env node
import { runProcess } from "@apoc/terminal/main";
import { group } from "./index.ts";

runProcess("apoc-provider", group, { compileCache: false });
