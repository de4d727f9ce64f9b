import { Socket } from "node:net";
import { runInScope } from "../../src/request-scope.ts";

// Loaded into auth-service, to break what nothing from outside breaks: errors that nobody catches.
process.on("SIGUSR2", () => {
  throw new RangeError("ann@example.com");
});
process.on("SIGHUP", () => {
  void Promise.reject(new RangeError("ann@example.com"));
});
process.on("SIGWINCH", () => {
  runInScope({ id: "failing" }, () => new Socket().destroy(new RangeError("ann@example.com")));
});
