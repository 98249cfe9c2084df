// The live client: keeps the page current, and shows and tells what is wrong with it.
import { Badge } from "./badge.ts";
import { hearCaught } from "./caught.ts";
import { Editor } from "./editor.ts";
import { Follow, type Hot } from "./follow.ts";
import { Overlay } from "./overlay/overlay.ts";
import type { Scripts } from "./patch.ts";
import type { Position } from "./position.ts";
import { Problems, type Problem } from "./problems.ts";
import type { Link } from "./relay.ts";
import { Reports } from "./reports.ts";
import type { Stamp } from "./stamp.ts";
import type { Updated } from "./updates.ts";
import type { World } from "./world.ts";

export function start(stamp: Stamp, world: World, scripts: Scripts, hot: Hot): Follow {
  const position: Position = { epoch: stamp.epoch, seq: stamp.seq };
  const live = stamp.hmr !== "off";
  const state = { link: (live ? "connecting" : "connected") as Link, stale: false };
  const status = () => ({ ...position, link: state.link, stale: state.stale });

  const problems = new Problems(() => show());
  const reports = new Reports(world, position, problems, () => location.href);
  const overlay = new Overlay({
    dismiss: () => problems.dismiss(),
    open: () => (editor.listening ? ({ path, line, column }) => editor.open(path, line ?? null, column ?? null) : undefined),
  });
  const badge = new Badge(world.clock, { reload: () => world.reload(), reopen: () => problems.reopen() });
  const editor = new Editor({
    window,
    clock: world.clock,
    editors: stamp.editors ?? [],
    hello: () => ({ version: 1, app: stamp.app, url: location.href, ...status() }),
    subscribed() {
      editor.send("status", "status", status());
      told.build = told.runtime = "[]";
      show();
    },
  });

  const told: Record<Problem["phase"], string> = { build: "[]", runtime: "[]" };
  function tell(phase: Problem["phase"]): void {
    const errors = problems.of(phase).map(({ phase: _, key, place, ...problem }) => ({ ...problem, ...place }));
    const text = JSON.stringify(errors);
    if (text === told[phase]) return;
    told[phase] = text;
    if (errors.length) editor.send("error", "error", { phase, errors, ...position });
    else editor.send("error", "error-cleared", { phase, ...position });
  }

  function show(): void {
    const { open, all } = problems;
    if (open) overlay.show(all);
    else overlay.hide();
    badge.show({ ...state, aside: open ? 0 : all.filter(({ severity }) => severity === "error").length });
    tell("build");
    tell("runtime");
  }

  function say(change: Partial<typeof state>): void {
    Object.assign(state, change);
    editor.send("status", "status", status());
    show();
  }

  function updated({ seq, kind, paths, took, failures }: Updated): void {
    world.log.info(`updated ${paths.length > 3 ? `${paths.length} files` : paths.join(", ") || "the page"} in ${Math.round(took)} ms`);
    for (const { error } of failures) reports.report("error", error);
    editor.send("update", "update", { kind, paths, took, epoch: position.epoch, seq });
  }

  const follow = new Follow(
    { stamp, position, world, scripts, hot, ready: parsed() },
    {
      updated,
      updating: () => problems.forgetThrown(),
      good: (seq) => problems.good(seq),
      broken(envelope) {
        problems.broken(envelope);
        const { message, place, frame } = problems.of("build")[0]!;
        world.log.warn(`the app doesn't build: ${message}`);
        void hot.emit("vite:error", { type: "error", err: { message, stack: "", id: place?.path, frame: frame ?? undefined } });
      },
      reloading: (reason) => editor.send("update", "update", { kind: "full-reload", reason, paths: [], ...position }),
      link: (link) => say({ link }),
      stale: (stale) => say({ stale }),
    },
  );

  reports.listen(window);
  hearCaught(console, (error) => reports.report("react", error));
  show();
  if (!live) return follow;
  follow.start();
  const wake = () => follow.wake();
  document.addEventListener("visibilitychange", () => (world.visible() ? wake() : follow.hidden()));
  window.addEventListener("pagehide", () => follow.pause());
  window.addEventListener("pageshow", ({ persisted }) => persisted && wake());
  for (const event of ["online", "offline", "focus"]) window.addEventListener(event, wake);
  return follow;
}

function parsed(): Promise<void> {
  if (document.readyState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
    window.addEventListener("load", () => resolve(), { once: true });
  });
}
