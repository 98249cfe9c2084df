// A page that the live client follows the object for, with what came of it: for the tests of its updates.
import { client, settled, stampOf, world } from "./live-world.mjs";

export const envelope = (seq, changes = {}) => ({
  v: 1, epoch: "e1", seq, base: seq - 1, kind: "component-update", paths: [`/src/${seq}.tsx`], url: `/__overskill/patch-${seq}.js`, at: 0, ...changes,
});
export const broken = (seq, message = "no") => envelope(seq, { kind: "build-error", url: undefined, diagnostics: [{ code: "syntax", severity: "error", message }] });

/** A page that follows the object, with what came of it in `log`. */
export async function page(stamp = {}, changes = {}) {
  const at = world(changes);
  const log = [];
  const self = { at, log, clock: at.clock, outcome: {}, answers: [], asked: [], missing: new Set(), inlines: true };
  const stamped = stampOf({ hmr: "durable_object", ...stamp });
  const position = (self.position = { epoch: stamped.epoch, seq: stamped.seq });
  let staged = [];
  const fetchPatch = async (name, signal) => {
    await settled(1);
    log.push(`fetch ${name}`);
    if (self.missing.has(name)) throw new TypeError("not found");
    if (self.silent?.delete(name)) await new Promise((_, failed) => signal.addEventListener("abort", () => failed(signal.reason)));
    return new Response(name);
  };
  at.fetch = async (url, { signal } = {}) => {
    if (url.includes("patch")) return fetchPatch(url.split("/").at(-1), signal);
    self.asked.push(url.slice(at.origin.length));
    const answer = self.answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    if (typeof answer === "number") return new Response("", { status: answer });
    return Response.json({ epoch: position.epoch, seq: position.seq, envelopes: [], ...answer });
  };
  const scripts = {
    inline(code, url) {
      const path = url.slice(at.origin.length);
      if (self.inlines) staged.push(path.endsWith(code) ? code : `${code} as ${path}`);
      return self.inlines;
    },
    async import(url) {
      await settled(1);
      const [path] = url.slice(at.origin.length).split("#");
      staged.push(path.slice(13));
      self.addresses = [...(self.addresses ?? []), url];
    },
  };
  const hot = {
    async apply() {
      log.push(`apply ${staged.join(" + ")}`);
      staged = [];
      if (self.waits) await self.waits;
      if (self.outcome instanceof Error) throw self.outcome;
      return { updated: [], failures: [], ...self.outcome };
    },
    emit: async (event, data) => void log.push(`emit ${event}${event.startsWith("vite:") ? "" : ` ${JSON.stringify(data)}`}`),
  };
  self.follow = new client.Follow({ stamp: stamped, position, world: at, scripts, hot, ready: self.ready ?? changes.ready ?? Promise.resolve() }, {
    link: (link) => log.push(`link ${link}`),
    stale: (stale) => log.push(stale ? "stale" : "not stale"),
    updating: () => {},
    updated: ({ seq, kind, paths }) => log.push(`updated ${seq} ${kind} ${paths.join(" ")}`),
    good: (seq) => log.push(`good ${seq}`),
    broken: ({ diagnostics }) => log.push(`broken ${diagnostics[0].message}`),
    reloading: (reason) => log.push(`reload: ${reason}`),
  });
  self.follow.start();
  at.last?.accept();
  await settled();
  log.length = 0;
  self.send = async (...envelopes) => {
    for (const message of envelopes) at.last.data(message);
    await settled();
  };
  return self;
}

export const reloads = ({ at }) => at.reloads;
