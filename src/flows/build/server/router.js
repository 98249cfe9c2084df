// Which of an app's functions answers: goes into every app that has a folder of them, without its comments.
/** What a path gives the parameters of a route, or nothing where it is another's; before `below`, whatever follows. */
function matched(segments, parts, below) {
  const params = {};
  for (const [at, segment] of segments.entries()) {
    if (segment.rest !== undefined) {
      params[segment.rest] = parts.slice(at);
      return params;
    }
    if (at >= parts.length || (typeof segment === "string" && segment !== parts[at])) return undefined;
    if (segment.one !== undefined) params[segment.one] = parts[at];
  }
  return below || segments.length === parts.length ? params : undefined;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function chain(request) {
  const parts = new URL(request.url).pathname.split("/").filter((part) => part !== "").map(decoded);
  const method = `onRequest${request.method[0]}${request.method.slice(1).toLowerCase()}`;
  const steps = [];
  for (const [segments, middleware, module] of table) {
    const params = matched(segments, parts, middleware);
    const handlers = params && (module[method] ?? module.onRequest);
    if (!handlers) continue;
    for (const handler of [handlers].flat()) steps.push({ handler, params });
    if (!middleware) break;
  }
  return steps;
}

/** The app's file, whose headers may be changed. */
async function file(env, request) {
  const found = await env.ASSETS.fetch(request);
  return new Response([101, 204, 205, 304].includes(found.status) ? null : found.body, found);
}

export default {
  async fetch(request, env, ctx) {
    const steps = chain(request);
    const { pathname: functionPath } = new URL(request.url);
    let data = {};
    const run = async (at, asked) => {
      const step = steps[at];
      if (!step) return file(env, asked);
      const answer = await step.handler({
        request: asked,
        functionPath,
        params: step.params,
        env,
        get data() {
          return data;
        },
        set data(value) {
          data = value;
        },
        waitUntil: (promise) => ctx.waitUntil(promise),
        passThroughOnException: () => {},
        next: (input, init) => run(at + 1, input === undefined ? asked : new Request(new Request(new URL(input.url ?? input, asked.url), input.url ? input : asked), init)),
      });
      if (!(answer instanceof Response)) throw new TypeError("A function must give a Response.");
      return answer;
    };
    return run(0, request);
  },
};
