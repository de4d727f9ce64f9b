import { Socket } from "node:net";
import { runInScope } from "../../src/http/request-scope.ts";

// Loaded into auth-service to cause uncaught errors, because no request can.
process.on("SIGUSR2", () => {
  throw new RangeError("ann@example.com");
});
process.on("SIGHUP", () => {
  void Promise.reject(new RangeError("ann@example.com"));
});
process.on("SIGWINCH", () => {
  runInScope({ id: "failing" }, () => new Socket().destroy(new RangeError("ann@example.com")));
});
