// A Parvis node run from its binary, for the suites that speak to it from outside (tests/interop, tests/browser).
//
// The node lives in a temporary folder, on a free port of the loopback interface, and is spoken to as anybody
// would: command line, forum API, pages. The Rust tests have a harness of their own (tests/src).

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const binary = process.env.PARVIS_BIN
  ?? join(process.env.CARGO_TARGET_DIR ?? join(repository, "target"), "debug", "parvis");

/** How long the polls below go on before they fail, in milliseconds. */
const patience = Number(process.env.PARVIS_TEST_PATIENCE ?? 30_000);

/** A TCP port of the loopback interface that nobody listens on. */
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Asks `probe` again and again until it returns something true, and returns that. `what` names it in the error. */
export async function eventually(what, probe) {
  const deadline = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const found = await probe();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain for ${what}`, { cause: last });
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** An answer of the forum API that is not 2xx. */
export class ApiError extends Error {
  constructor(method, path, status, body) {
    super(`${method} ${path}: ${status} ${body}`);
    this.status = status;
  }
}

/**
 * Starts a node and waits until it listens. `settings` are environment variables that override the defaults
 * (SQLite, plain http, registration open).
 */
export async function startNode(settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), "parvis-node-"));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("PARVIS_")),
  );
  Object.assign(environment, {
    PARVIS_SERVER__BIND: `127.0.0.1:${port}`,
    PARVIS_SERVER__PUBLIC_URL: url,
    PARVIS_DATABASE__URL: `sqlite://${folder}/parvis.db`,
    PARVIS_STORAGE__URL: `file://${folder}/media`,
    PARVIS_FEDERATION__INSECURE: "true",
    PARVIS_REGISTRATION__MODE: "open",
    RUST_LOG: "info",
  }, settings);

  const server = spawn(binary, ["serve"], { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let log = "";
  server.stdout.setEncoding("utf8").on("data", (text) => { output += text; });
  server.stderr.setEncoding("utf8").on("data", (text) => { log += text; });
  const ended = new Promise((done) => {
    server.once("error", (error) => done(error.message));
    server.once("exit", (code, signal) => done(`exit ${code ?? signal}`));
  });
  let end;
  void ended.then((why) => { end = why; });

  async function stop() {
    if (end === undefined) server.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
    return end;
  }

  const node = {
    url,
    host: `localhost:${port}`,
    /** What the node wrote to stderr until now. */
    log: () => log,
    /** Asks the node to stop, waits for it, removes its folder, and returns how it ended. */
    stop,

    /** Runs a command of the binary against this node's database; returns its JSON answer. */
    command(parameters, input = "") {
      return new Promise((done, fail) => {
        const child = spawn(binary, [...parameters, "--json"], { cwd: folder, env: environment });
        let answer = "";
        let complaint = "";
        child.stdout.setEncoding("utf8").on("data", (text) => { answer += text; });
        child.stderr.setEncoding("utf8").on("data", (text) => { complaint += text; });
        child.once("error", fail);
        child.once("close", (code) => {
          if (code !== 0) fail(new Error(`parvis ${parameters.join(" ")}: exit ${code}: ${complaint}`));
          else done(JSON.parse(answer));
        });
        child.stdin.end(input);
      });
    },

    /** Makes a confirmed account; returns its name and password. */
    async person(name, { displayName = name, role = "member" } = {}) {
      const password = `phrase de passe de ${name} 2026`;
      await node.command([
        "user", "create", "--name", name, "--email", `${name}@mairie.example`, "--display-name", displayName,
        "--role", role, "--password-stdin",
      ], password);
      return { name, password };
    },

    category: (slug, title, description = "") =>
      node.command(["category", "create", "--slug", slug, "--title", title, "--description", description]),

    /** The forum API as one person: `await api("POST", "/topics", {…})`. */
    async api(name) {
      const scopes = "read write follow admin";
      const { token } = await node.command(["token", "create", "--user", name, "--scopes", scopes]);
      return (method, path, body) => node.request(method, path, body, token);
    },

    /** One call of the forum API; throws ApiError unless 2xx. */
    async request(method, path, body, token) {
      const headers = { accept: "application/json" };
      if (token) headers.authorization = `Bearer ${token}`;
      if (body !== undefined) headers["content-type"] = "application/json";
      const answer = await fetch(`${url}/api/forum/v1${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await answer.text();
      if (!answer.ok) throw new ApiError(method, path, answer.status, text);
      return text === "" ? null : JSON.parse(text);
    },
  };

  try {
    await eventually("«listening on»", () => {
      if (end !== undefined) return true;
      return output.includes("listening on");
    });
    if (end !== undefined) throw new Error(`${binary} serve did not start: ${end}\n${log}`);
    return node;
  } catch (error) {
    await stop();
    throw error;
  }
}
