// Loaded into auth-service, to break what nothing from outside breaks: an error that nobody catches.
process.on("SIGUSR2", () => {
  throw new RangeError("ann@example.com");
});
