// The live client: keeps the page current, and shows and tells what is wrong with it.
import { Badge } from "./badge.ts";
import { Editor } from "./editor.ts";
import { Overlay } from "./overlay/overlay.ts";
import { Patches, type Scripts } from "./patch.ts";
import type { Position } from "./position.ts";
import { Problems, type Problem } from "./problems.ts";
import { Relay, serversOf, type Link } from "./relay.ts";
import { Reloads } from "./reloads.ts";
import { Reports } from "./reports.ts";
import type { Stamp } from "./stamp.ts";
import { askSync } from "./sync.ts";
import { Updates, type Outcome, type Updated } from "./updates.ts";
import type { World } from "./world.ts";

/** What `hot/` does for it. */
export interface Hot {
  apply(): Promise<Outcome>;
  emit(event: string, data: unknown): Promise<void>;
  /** Takes what `import.meta.hot.send` calls. */
  setSender(send: (event: string, data: unknown) => void): void;
}

/** Attempts that failed before a page asks without a socket, and how often it does. */
const WITHOUT_SOCKET = 3;
const WITHOUT_SOCKET_EVERY = 15_000;

export function start(stamp: Stamp, world: World, scripts: Scripts, hot: Hot): void {
  const position: Position = { epoch: stamp.epoch, seq: stamp.seq };
  const servers = serversOf(stamp, world.origin, position);
  const state = { link: (servers.length ? "connecting" : "connected") as Link, stale: false };
  const { log } = world;

  const emit = async (event: string, data: unknown): Promise<void> => {
    try {
      await hot.emit(event, data);
    } catch (error) {
      log.error(`a listener of ${event} failed`, error);
    }
  };

  const problems = new Problems(() => show());
  const reports = new Reports(world, position, problems, () => location.href);
  const overlay = new Overlay({
    dismiss: () => problems.dismiss(),
    open: () => (editor.listening ? ({ path, line, column }) => editor.open(path, line ?? null, column ?? null) : undefined),
  });
  const badge = new Badge(world.clock, { reload: () => world.reload(), reopen: () => problems.reopen() });
  const status = () => ({ ...position, link: state.link, stale: state.stale });
  const editor = new Editor({
    window,
    clock: world.clock,
    editors: stamp.editors ?? [],
    hello: () => ({ version: 1, app: stamp.app, url: location.href, ...status() }),
    subscribed(events) {
      editor.send("status", "status", status());
      for (const phase of ["build", "runtime"] as const) if (events.has("error")) tellErrors(phase, true);
      show();
    },
    logged(level, args) {
      // React logs what an error boundary caught; what none caught it reports to the window.
      const caught = args.find((arg) => arg instanceof Error);
      if (level === "error" && caught && args.some((arg) => typeof arg === "string" && arg.includes("error boundary you provided"))) {
        reports.report("react", caught);
      }
    },
  });

  const told: Record<Problem["phase"], string> = { build: "[]", runtime: "[]" };
  function tellErrors(phase: Problem["phase"], again = false): void {
    const errors = problems.of(phase).map(({ key: _, phase: _phase, place, ...problem }) => ({ ...problem, ...place }));
    const text = JSON.stringify(errors);
    if (again ? !errors.length : text === told[phase]) return;
    told[phase] = text;
    if (errors.length) editor.send("error", "error", { phase, errors, ...position });
    else editor.send("error", "error-cleared", { phase, ...position });
  }

  function show(): void {
    const { open, all } = problems;
    if (open) overlay.show(all);
    else overlay.hide();
    badge.show({ ...state, aside: open ? 0 : all.filter(({ severity }) => severity === "error").length });
    tellErrors("build");
    tellErrors("runtime");
  }

  function say(change: Partial<typeof state>): void {
    Object.assign(state, change);
    editor.send("status", "status", status());
    show();
  }

  function updated({ seq, kinds, paths, took, failures }: Updated): void {
    log.info(`updated ${paths.length > 3 ? `${paths.length} files` : paths.join(", ")} in ${Math.round(took)} ms`);
    for (const { error } of failures) reports.report("error", error);
    editor.send("update", "update", { kind: kinds.includes("component-update") ? "component-update" : "css-update", paths, took, epoch: position.epoch, seq });
  }

  const patches = new Patches(world, scripts);
  const updates = new Updates(
    {
      world,
      position,
      built: stamp.status === "ready",
      ready: parsed(document),
      load: (envelope) => patches.load(envelope),
      apply: () => hot.apply(),
      ask: (at) => askSync(world, at),
      reloads: new Reloads(world, stamp),
      emit,
    },
    {
      updating: () => problems.forgetThrown(),
      updated,
      good: (seq) => problems.good(seq),
      broken(envelope) {
        problems.broken(envelope);
        const [first] = problems.of("build");
        log.warn(`the app doesn't build: ${first!.message}`);
        void emit("vite:error", { type: "error", err: { message: first!.message, stack: "", id: first!.place?.path, frame: first!.frame ?? "" } });
      },
      acknowledge: (seq) => relay.acknowledge(seq),
      unauthorized: () => say({ link: "unauthorized" }),
      reloading: (reason) => editor.send("update", "update", { kind: "full-reload", reason, paths: [], ...position }),
      stale: (stale) => say({ stale }),
    },
  );

  let on = false;
  let asked = -Infinity;
  const relay = new Relay(world, servers, {
    connected(server) {
      if (!on) void emit("vite:ws:connect", { webSocket: undefined });
      on = true;
      // Only our own object replays what was missed.
      if (server === "rails") updates.check();
    },
    disconnected() {
      if (on) void emit("vite:ws:disconnect", { webSocket: undefined });
      on = false;
    },
    message: (message) => updates.receive(message),
    failed(attempts) {
      const now = world.clock.now();
      if (attempts < WITHOUT_SOCKET || now - asked < WITHOUT_SOCKET_EVERY) return;
      asked = now;
      updates.check();
    },
    link: (link) => say({ link }),
  });

  hot.setSender((event) => log.debug(`nobody listens to ${event} on the server`));
  reports.listen(window);
  show();
  if (!servers.length) return;
  relay.start();
  const wake = () => {
    relay.wake();
    // Rails' cable can't be asked whether it is alive, nor what it sent.
    if (relay.server === "rails") updates.check();
  };
  document.addEventListener("visibilitychange", () => (world.visible() ? wake() : relay.hidden()));
  window.addEventListener("pagehide", () => relay.pause());
  window.addEventListener("pageshow", ({ persisted }) => persisted && wake());
  for (const event of ["online", "offline", "focus"]) window.addEventListener(event, wake);
}

/** The page's own scripts define the app: a patch that comes before them would be overwritten. */
function parsed(document: Document): Promise<void> {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
    window.addEventListener("load", () => resolve(), { once: true });
  });
}
