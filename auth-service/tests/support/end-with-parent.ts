import type { Socket } from "node:net";

// Loaded into each process that the tests start. It exits when its standard input ends, so also when the tests are killed.
const stdin = process.stdin as unknown as Socket;
stdin.on("end", () => process.exit(1)).resume();
stdin.unref();
