// Workers that are loaded while this one runs. The Worker Loader, and a dispatch namespace where none is bound.
import { exports, waitUntil } from "cloudflare:workers";

const KINDS = { script: (bytes) => ({ js: new TextDecoder().decode(bytes) }), wasm: (bytes) => ({ wasm: bytes }), data: (bytes) => ({ data: bytes }) };
/** How long who reads a Worker's code stays after that, in milliseconds: the loader takes it from there. */
const HANDED = 1_000;
/** When a Worker is loaded ahead: who asks at once loads it as early, and is not kept waiting by that. */
const AHEAD = 50;
/** How many Workers are remembered that were lost. */
const LOST = 1_000;

/** What a loader wants of a Worker, from its `{main, date, flags, modules, vars, env}`. */
function workerCode({ main, date, flags, modules, vars, env }, { outbound, log, assets }) {
  return {
    compatibilityDate: date,
    compatibilityFlags: ["nodejs_compat", ...flags],
    mainModule: main,
    modules: Object.fromEntries(modules.map(([name, kind, bytes]) => [name, KINDS[kind](bytes)])),
    env: { ...JSON.parse(vars), ...env, [assets.as]: exports.Assets({ props: assets.props }) },
    globalOutbound: outbound ? exports.Outbound({ props: outbound }) : null,
    tails: [exports.ServerLog({ props: log })],
  };
}

/** Other names of Workers whose code could not be read: under its name one stays as it is. */
const names = new Map();

function lose(id, name) {
  if ((names.get(id) ?? id) !== name) return;
  if (names.size >= LOST) names.clear();
  names.set(id, `${id}:${crypto.randomUUID()}`);
}

const after = (wait) => new Promise((done) => setTimeout(done, wait));

/** A Worker by its id, and the name that it has; the runtime starts to load it when it is named. */
function found(loader, id, code) {
  const name = names.get(id) ?? id;
  const worker = loader.get(name, async () => {
    const reading = code();
    // Who asks may go away; the code is for all who ask after them.
    waitUntil(reading.then(() => after(HANDED), () => lose(id, name)));
    return reading;
  });
  return { name, worker };
}

/** What takes requests to a Worker: once more, where who was reading its code was gone before it was read. */
function asked(loader, id, code, limits) {
  const attempt = async (request) => {
    const { name, worker } = found(loader, id, code);
    try {
      return await worker.getEntrypoint(undefined, { limits }).fetch(request);
    } catch (error) {
      const lost = String(error).includes("execution context");
      if (lost) lose(id, name);
      return { error, again: lost && !request.body };
    }
  };
  return {
    async fetch(request) {
      let answer = await attempt(request);
      if (answer.again) answer = await attempt(request);
      if (answer.error) throw answer.error;
      return answer;
    },
  };
}

/** The Worker `id`, whose code `read` gives where it isn't loaded yet. */
export function load(loader, id, read, policy, limits) {
  return asked(loader, id, async () => workerCode(await read(), JSON.parse(policy)), JSON.parse(limits));
}

/** Has the Worker `id` loaded before it is asked. */
export function warm(loader, id, read, policy) {
  const load = () => found(loader, id, async () => workerCode(await read(), JSON.parse(policy)));
  waitUntil(after(AHEAD).then(load).then(() => after(HANDED)));
}

/**
 * A dispatch namespace: the one that is bound, or where there is none, as nothing simulates them locally, one over the
 * loader with the same way to be asked. `read` gives the code of a name, or `null` where there is no such Worker.
 */
export function dispatch(dispatcher, loader, name, read, policy, limits) {
  const namespace = dispatcher ?? new DynamicDispatcher(loader, read);
  return namespace.get(name, {}, { limits: JSON.parse(limits), outbound: { policy } });
}

class DynamicDispatcher {
  constructor(loader, read) {
    this.loader = loader;
    this.read = read;
  }

  get(name, _, { limits, outbound: { policy } }) {
    const code = async () => {
      const read = await this.read();
      if (!read) throw new Error("Worker not found.");
      return workerCode(read, JSON.parse(policy));
    };
    return asked(this.loader, `dispatch:${name}`, code, limits);
  }
}

/** The request as the app's code gets it; its body is not touched. */
export function forward(fetcher, request, url, headers) {
  return fetcher.fetch(new Request(new Request(url, request), { headers, redirect: "manual" }));
}
