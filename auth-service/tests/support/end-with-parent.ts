import type { Socket } from "node:net";

// Loaded into each process that the tests start: when the tests are killed, its standard input ends, and so does it.
const stdin = process.stdin as unknown as Socket;
stdin.on("end", () => process.exit(1)).resume();
stdin.unref();
