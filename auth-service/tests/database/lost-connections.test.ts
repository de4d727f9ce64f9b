import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createDatabase } from "../support/database.ts";
import { startPostgres } from "../support/postgres.ts";
import { startProxy } from "../support/proxy.ts";
import { migrate, type Run, run, type Service } from "../support/service.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";
import { newVisitor, type Visitor } from "../support/visitor.ts";

const VISITORS = 2;
/** Each visitor always has one pending request to each of these. */
const PATHS = ["/api/auth/token", "/api/auth/get-session", "/api/auth/list-accounts", "/api/auth/jwks"];
const ROUNDS_OF_TERMINATIONS = 30;
const IMMEDIATE_STOPS = 2;

const TERMINATE_ALL = `
  select pg_terminate_backend(pid) from pg_stat_activity
   where datname = current_database() and usename in ('auth_service', 'auth_owner')`;

/** Continuous requests until it is stopped. */
class Load {
  /** The number of each response, by status and, for errors, `code`. */
  readonly answers = new Map<string, number>();
  #stopped = false;
  readonly #service: Service;
  readonly #running: Promise<void>[];

  constructor(service: Service, visitors: readonly Visitor[]) {
    this.#service = service;
    this.#running = visitors.flatMap((visitor) => [
      ...PATHS.map((path) => this.#repeat(() => this.#get(visitor, path))),
      this.#repeat(() => hangUp(service)),
    ]);
  }

  /** Waits for that many more responses, so that requests are pending again after a disturbance. */
  async untilAnswered(kind: string, times: number): Promise<void> {
    const enough = (this.answers.get(kind) ?? 0) + times;
    await until(`${times} further answers "${kind}"`, () => {
      if (this.#service.process.exitCode !== null) throw new Error("auth-service has ended");
      return (this.answers.get(kind) ?? 0) >= enough;
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #repeat(send: () => Promise<void>): Promise<void> {
    while (!this.#stopped && this.#service.process.exitCode === null) await send();
  }

  async #get(visitor: Visitor, path: string): Promise<void> {
    const kind = await visitor.get(path).then(
      ({ status, body }) => (status === 200 ? "200" : `${status} ${body.code}`),
      () => "none",
    );
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
  }
}

/** Starts a sign-in with an incomplete body, and disconnects. */
async function hangUp(service: Service): Promise<void> {
  const socket = connect(Number(new URL(service.url).port), "127.0.0.1");
  socket.on("error", () => {});
  const body = "POST /api/auth/sign-in/email HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{";
  socket.write(body, () => socket.resetAndDestroy());
  await once(socket, "close");
}

test("a service under load survives lost connections to the database and to clients", async ({
  start,
  onTestFinished,
}) => {
  const data = await mkdtemp(join(tmpdir(), "taskchat-lost-connections-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  let postgres = await startPostgres(data);
  onTestFinished(() => postgres.stop());
  const database = await createDatabase(postgres.url);
  onTestFinished(database.close);
  const proxy = await startProxy(postgres.url); // Postgres comes back on another port.
  onTestFinished(proxy.close);
  await migrate(database);
  const service = await start({ AUTH_DATABASE_URL: proxy.through(database.authUrl), LOG_LEVEL: "info" });
  await service.untilReady();
  const visitors = Array.from({ length: VISITORS }, () => newVisitor(service));
  for (const visitor of visitors) await visitor.signUp();
  const load = new Load(service, visitors);
  onTestFinished(() => load.stop());

  for (let round = 0; round < ROUNDS_OF_TERMINATIONS; round += 1) {
    await load.untilAnswered("200", 8);
    await database.query(TERMINATE_ALL);
  }
  for (let stop = 0; stop < IMMEDIATE_STOPS; stop += 1) {
    await load.untilAnswered("200", 8);
    await postgres.stopImmediately();
    await load.untilAnswered("503 database_unavailable", 8);
    postgres = await startPostgres(data);
    proxy.restore(postgres.url);
  }
  await service.untilReady();
  await load.untilAnswered("200", 8);
  await load.stop();

  expect([...load.answers.keys()].sort()).toEqual(["200", "503 database_unavailable"]);
  expect(service.process.exitCode).toBeNull();
  // Each line is JSON, so no library wrote a database error to the console.
  expect(service.log().map(({ message }) => message)).toContain("lost a database connection");
  const { status, body } = await (visitors[0] as Visitor).signIn();
  expect({ status, email: body.user.email }).toEqual({ status: 200, email: visitors[0]?.email });
});

describe("a command that loses its connection during a statement", () => {
  const ONE_LINE = /^[^\n]+\n$/;

  test.for([
    { program: "commands/migrate.ts", table: "auth.jwks" },
    { program: "commands/rotate-key.ts", table: "auth.jwks" },
    { program: "commands/doctor.ts", table: "auth.jwks" },
  ])("reports it in one line and exits with status 1: $program", async ({ program, table }, { database }) => {
    const result = await database.session(async (client): Promise<Run> => {
      await client.query("begin");
      await client.query(`lock table ${table} in access exclusive mode`);
      const ended = run(program, {
        AUTH_DATABASE_URL: database.authUrl,
        AUTH_MIGRATION_DATABASE_URL: database.authOwnerUrl,
        LOG_LEVEL: "info",
      });
      await database.untilBlocked();
      await client.query(TERMINATE_ALL);
      return ended;
    });

    expect(result.status).toBe(1);
    const output = (result.stdout + result.stderr).replace(/^note .*\n/gm, ""); // the doctor's other findings
    expect(output).toMatch(ONE_LINE);
    expect(output).toMatch(/terminating connection due to administrator command/);
  });
});
