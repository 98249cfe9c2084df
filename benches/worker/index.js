// Measures from a caller's side, inside workerd: the compiler Worker over its binding, and worker-bundler in process.

/** What Go's WebAssembly holds is read off its memory. */
const memories = [];
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
  const result = await instantiate(...args);
  const { exports } = result.instance ?? result;
  memories.push(...Object.values(exports).filter((each) => each instanceof WebAssembly.Memory));
  return result;
};

/** Calls the compiler once for each batch, one after the other. */
async function compile(batches, env) {
  const times = [];
  let memoryBytes = 0;
  for (const batch of batches) {
    const body = JSON.stringify(batch);
    const started = performance.now();
    const response = await env.COMPILER.fetch("http://compiler/", { method: "POST", body });
    const text = await response.text();
    times.push(performance.now() - started);
    if (!response.ok) throw new Error(text);
    const reply = JSON.parse(text);
    const broken = reply.modules.flatMap(({ diagnostics = [] }) => diagnostics).find(({ severity }) => severity === "error");
    if (broken) throw new Error(JSON.stringify(broken));
    memoryBytes = reply.memoryBytes;
  }
  return { times, memoryBytes };
}

/** Bundles each app once, one after the other; with a registry, its packages too, which are fetched from there. */
async function bundle(apps, registry) {
  const { createWorker } = await import("@cloudflare/worker-bundler");
  const packages = registry ? { registry, minify: true, define: { "process.env.NODE_ENV": '"production"' } } : { externals: ["react", "react-dom"] };
  const times = [];
  for (const files of apps) {
    const started = performance.now();
    const { modules, mainModule } = await createWorker({
      files, entryPoint: "src/main.tsx", bundle: true, jsx: "automatic", jsxImportSource: "react", ...packages,
    });
    times.push(performance.now() - started);
    if (!modules[mainModule]) throw new Error("nothing was bundled");
  }
  return { times, memoryBytes: Math.max(...memories.map(({ buffer }) => buffer.byteLength)) };
}

export default {
  async fetch(request, env) {
    try {
      const work = await request.json();
      return Response.json(await (work.batches ? compile(work.batches, env) : bundle(work.apps, work.registry)));
    } catch (error) {
      return new Response(String(error.stack ?? error), { status: 500 });
    }
  },
};
