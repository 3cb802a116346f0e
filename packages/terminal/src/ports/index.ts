export { type CommandPortOptions, commandPorts } from "./command-ports.ts";
