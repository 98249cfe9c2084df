// Workers that are loaded while this one runs. The Worker Loader, and a dispatch namespace where none is bound.
import { exports, waitUntil } from "cloudflare:workers";

const KINDS = { script: (bytes) => ({ js: new TextDecoder().decode(bytes) }), wasm: (bytes) => ({ wasm: bytes }), data: (bytes) => ({ data: bytes }) };

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

/** The Worker `id`, whose code `read` gives where it isn't loaded yet. */
export function load(loader, id, read, policy, limits) {
  const worker = loader.get(id, async () => workerCode(await read(), JSON.parse(policy)));
  return worker.getEntrypoint(undefined, { limits: JSON.parse(limits) });
}

/** How long what is loaded ahead of requests is waited for, in milliseconds. */
const WARMED = 5_000;

/** Has the Worker `id` loaded: the runtime starts with that when it is named. */
export function warm(loader, id, read, policy) {
  waitUntil(
    new Promise((done) => {
      setTimeout(done, WARMED);
      loader.get(id, async () => {
        const code = await read().finally(done);
        return workerCode(code, JSON.parse(policy));
      });
    }),
  );
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
    const worker = this.loader.get(`dispatch:${name}`, async () => {
      const code = await this.read();
      if (!code) throw new Error("Worker not found.");
      return workerCode(code, JSON.parse(policy));
    });
    return worker.getEntrypoint(undefined, { limits });
  }
}

/** The request as the app's code gets it; its body is not touched. */
export function forward(fetcher, request, url, headers) {
  return fetcher.fetch(new Request(new Request(url, request), { headers, redirect: "manual" }));
}
