import { readListenAddress } from "../http/listen-address.ts";

/** `health.ts /healthz` exits with status 0 if the server on this machine answers 200 there. */
const url = `http://127.0.0.1:${readListenAddress(process.env)?.port}${process.argv[2]}`;
const isHealthy = await fetch(url).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(isHealthy ? 0 : 1);
